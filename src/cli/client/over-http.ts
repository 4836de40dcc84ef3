import { nothingHere } from '../../http/answer.ts';
import { clientHeader, commandLine } from '../../http/admin/audited.ts';
import { textsOf, type AdminCall } from '../../http/admin/in-process.ts';
import { NoConnection, CallRefused, clientOver, type AdminClient } from './admin-client.ts';

const timeoutMs = 30_000;

/** The admin API of a running server. */
export function overHttp(url: string, token: string): AdminClient {
  const base = baseOf(url);
  const call: AdminCall = async (method, path, { query = {}, body } = {}) => {
    const asked = new URLSearchParams(textsOf(query)).toString();
    const answer = await fetch(`${base}${path}${asked && `?${asked}`}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        [clientHeader]: commandLine,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw unreachable(base, cause);
    });
    const parsed: unknown = await answer.json().catch(() => null);
    if (answer.status === 401) throw new CallRefused(401, `ADMIN_TOKEN is not the token of ${base}.`);
    if (answer.status === 404 && JSON.stringify(parsed).includes(nothingHere)) {
      throw new CallRefused(404, `The admin API is off at ${base}: set ADMIN_TOKEN for that server.`);
    }
    return { status: answer.status, body: parsed };
  };
  return clientOver(call, {
    offline: false,
    drive: null,
    remark: null,
    close: () => Promise.resolve(),
  });
}

function baseOf(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new NoConnection([`--url ${url} is not an address such as http://127.0.0.1:3000.`]);
  }
  return url.replace(/\/+$/, '');
}

/** fetch says "fetch failed"; why is in its cause. */
function unreachable(base: string, cause: unknown): Error {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const why = code === '' ? (inner instanceof Error ? inner.name : 'unknown error') : code;
  return new Error(
    `${base} does not answer (${why}). Is Planwire running there? --url names another address.`,
  );
}
