import { createHmac, timingSafeEqual } from 'node:crypto';

/** Stripe's own tolerance. Retries are signed afresh, so an honest delivery is never this old. */
const toleranceSeconds = 300;

type VerifyFailureCode = 'signature_missing' | 'signature_invalid' | 'timestamp_too_old' | 'payload_invalid';

/** An answer for the sender. The message says what to repair and never holds anything of the payload. */
type Verified =
  | { readonly ok: true; readonly event: SignedEvent }
  | { readonly ok: false; readonly code: VerifyFailureCode; readonly message: string };

/** A parsed event, snapshot or thin. Only what is named here has been checked. */
interface SignedEvent {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export type Verify = (rawBody: Buffer, signatureHeader: string | readonly string[] | undefined) => Verified;

/**
 * Whether a header can be Stripe's at all, told without the body: there, in its form, and not too old. Whoever has no
 * such header costs nothing more than this.
 */
export function createHeaderCheck(
  now: () => number,
): (header: string | undefined) => { readonly code: VerifyFailureCode; readonly message: string } | null {
  return (header = '') => {
    if (header.trim() === '') return missing;
    if (!/(?:^|,)t=-?\d+(?:,|$)/.test(header)) return malformed;
    const { seconds, signatures } = readHeader(header);
    if (signatures.length === 0) return malformed;
    return isTooOld(seconds, now()) ? tooOld : null;
  };
}

/** More than one signature is sent while a secret is rolled; never dozens. */
const mostParts = 32;

const missing = {
  code: 'signature_missing',
  message: 'The Stripe-Signature header is missing: only Stripe may post here.',
} as const;
const malformed = {
  code: 'signature_invalid',
  message: 'The Stripe-Signature header has not the form of a signature: only Stripe may post here.',
} as const;
const tooOld = {
  code: 'timestamp_too_old',
  message: `The signature is older than ${toleranceSeconds} seconds: resend the event from Stripe, or set this server's clock.`,
} as const;

/** A time that is no number, which only a holder of the secret can have signed, has no age. */
function isTooOld(seconds: number, now: number): boolean {
  return !(Math.floor(now / 1000) - seconds <= toleranceSeconds);
}

/**
 * Checks `Stripe-Signature` against every secret (endpoints have one each, and a rolled one lives on for a day) and
 * then that the body is an event, snapshot or thin. `now` is in epoch milliseconds.
 *
 * A timestamp ahead of our clock is accepted, as Stripe's own libraries do: only a holder of the secret can make one,
 * and a server whose clock runs late would otherwise refuse every event.
 */
export function createVerifier(secrets: readonly string[], now: () => number): Verify {
  const usable = secrets.map((secret) => secret.trim()).filter((secret) => secret !== '');
  if (usable.length === 0) throw new Error('createVerifier needs at least one webhook signing secret.');
  return (rawBody, signatureHeader) => {
    const header = typeof signatureHeader === 'string' ? signatureHeader : (signatureHeader ?? []).join(',');
    if (header.trim() === '') return { ok: false, ...missing };
    const signed = readHeader(header);
    if (!usable.some((secret) => matches(rawBody, signed, secret))) {
      return refuse(
        'signature_invalid',
        'No signature in the Stripe-Signature header matches this body: check that STRIPE_WEBHOOK_SECRET holds the ' +
          'signing secret of this very endpoint, and that nothing between Stripe and here changes the body.',
      );
    }
    if (isTooOld(signed.seconds, now())) return { ok: false, ...tooOld };
    return parse(rawBody);
  };
}

const noTime = -1;

interface SignatureHeader {
  /** NaN where it is no number, `noTime` where there is none. */
  readonly seconds: number;
  /** Of the scheme `v1`, in hexadecimal digits. */
  readonly signatures: readonly string[];
}

/** As stripe-node reads it: the last `t` and every `v1`; what stands between commas is taken as it is. */
function readHeader(header: string): SignatureHeader {
  let seconds = noTime;
  const signatures: string[] = [];
  for (const part of header.split(',', mostParts)) {
    if (part.startsWith('t=')) seconds = Number.parseInt(part.slice(2), 10);
    else if (/^v1=[0-9a-f]{64}$/.test(part)) signatures.push(part.slice(3));
  }
  return { seconds, signatures };
}

/**
 * Whether one of the signatures is that of the very bytes. Done here and not by stripe-node, which makes two texts of a
 * body to hash it, for twice the time: its answer is the same for every header (the tests ask both).
 */
function matches(rawBody: Buffer, { seconds, signatures }: SignatureHeader, secret: string): boolean {
  if (seconds === noTime) return false;
  const right = createHmac('sha256', secret).update(`${seconds}.`).update(rawBody).digest();
  return signatures.some((given) => timingSafeEqual(Buffer.from(given, 'hex'), right));
}

function parse(rawBody: Buffer): Verified {
  let parsed: unknown;
  try {
    parsed = JSON.parse(rawBody.toString('utf8'));
  } catch {
    return refuse('payload_invalid', 'The body is signed but is not JSON.');
  }
  if (!isEvent(parsed)) {
    return refuse(
      'payload_invalid',
      'The body is signed but is not a Stripe event: it needs "object": "event" or "v2.core.event", an id and a type.',
    );
  }
  return { ok: true, event: parsed };
}

function isEvent(value: unknown): value is SignedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { object, id, type, data } = value as Record<string, unknown>;
  // The oldest events do not name their own kind; their shape does.
  const kind = object ?? (typeof data === 'object' && data !== null ? 'event' : undefined);
  return (
    (kind === 'event' || kind === 'v2.core.event') &&
    typeof id === 'string' &&
    /^[A-Za-z0-9_]{1,255}$/.test(id) &&
    // Stripe makes new families of types, with characters that no type had before; none of them is refused.
    typeof type === 'string' &&
    type !== ''
  );
}

function refuse(code: VerifyFailureCode, message: string): Verified {
  return { ok: false, code, message };
}
