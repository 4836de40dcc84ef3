import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../domain/caller.ts';
import type { Tokens } from './tokens.ts';

/** A working day, so that one signs in once in it. */
const sessionMs = 12 * 3_600_000;
const codeMs = 10 * 60_000;
const cookieName = 'planwire_session';

/**
 * Sessions of the dashboard. Nothing of them is stored: a cookie names its token and is signed with a key that is
 * derived from it, so every server knows it, restarts leave it alone, and it ends with the token.
 */
export interface Sessions {
  readonly callerOf: (req: IncomingMessage) => Caller | null;
  /** Whether a cookie of ours came along, valid or not. */
  readonly carried: (req: IncomingMessage) => boolean;
  /** The value of a Set-Cookie header. */
  readonly begin: (caller: Caller, req: IncomingMessage) => string;
  readonly end: (req: IncomingMessage) => string;
  /** Signs in once, at this process, within ten minutes; for a link that may stand in a terminal's history. */
  readonly createCode: (tokenName: string) => string;
  readonly redeem: (code: string) => Caller | null;
}

export function createSessions(tokens: Tokens, now: () => number): Sessions {
  const codes = new Map<string, { readonly tokenName: string; readonly until: number }>();
  return {
    callerOf(req) {
      const [payload, signature] = cookieOf(req)?.split('.') ?? [];
      if (payload === undefined || signature === undefined) return null;
      const session = read(payload);
      const token = session && tokens.named(session.name);
      if (!token || !equal(token.sign(payload), signature) || session.until <= now()) return null;
      return { name: token.name, access: token.access };
    },
    carried: (req) => cookieOf(req) !== undefined,
    begin({ name }, req) {
      const session = { name, until: now() + sessionMs, nonce: randomBytes(9).toString('base64url') };
      const payload = Buffer.from(JSON.stringify(session)).toString('base64url');
      return cookie(`${payload}.${tokens.named(name)?.sign(payload) ?? ''}`, sessionMs / 1000, req);
    },
    end: (req) => cookie('', 0, req),
    createCode(tokenName) {
      const code = randomBytes(24).toString('base64url');
      codes.set(code, { tokenName, until: now() + codeMs });
      return code;
    },
    redeem(code) {
      const known = codes.get(code);
      codes.delete(code);
      const token = known && known.until > now() ? tokens.named(known.tokenName) : null;
      return token && { name: token.name, access: token.access };
    },
  };
}

function read(payload: string): { readonly name: string; readonly until: number } | null {
  try {
    const parsed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown> | null;
    const { name, until } = parsed ?? {};
    return typeof name === 'string' && typeof until === 'number' ? { name, until } : null;
  } catch {
    return null;
  }
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function cookieOf(req: IncomingMessage): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  const value = pairs.find(([name]) => name === cookieName)?.[1];
  return value === '' ? undefined : value;
}

function cookie(value: string, maxAgeSeconds: number, req: IncomingMessage): string {
  const flags = ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAgeSeconds}`];
  // TLS usually ends before us; who claims it falsely only takes the cookie from himself.
  const secure = req.headers['x-forwarded-proto'] === 'https' || 'encrypted' in req.socket;
  return [`${cookieName}=${value}`, ...flags, ...(secure ? ['Secure'] : [])].join('; ');
}
