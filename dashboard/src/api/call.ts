import type { Operations } from './types.ts';

type Operation = keyof Operations;
export type Answer<Name extends Operation> = Operations[Name]['answer'];

export interface Given<Name extends Operation> {
  readonly params?: Operations[Name]['params'];
  readonly query?: Operations[Name]['query'];
  readonly body?: Operations[Name]['body'];
  readonly signal?: AbortSignal;
}

const patienceMs = 30_000;

/** What went wrong, in a sentence that may be shown. `status` is 0 where no answer came. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** One call of the admin API, by the session's cookie. Rejects with CallFailed. */
export async function call<Name extends Operation>(
  name: Name,
  { params, query, body, signal }: Given<Name> = {},
): Promise<Answer<Name>> {
  const [method = 'GET', template = ''] = name.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_all, key: string) =>
    encodeURIComponent((params as Record<string, string> | undefined)?.[key] ?? ''),
  );
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given).toString();
  return (await send(method, search === '' ? path : `${path}?${search}`, body, signal)) as Answer<Name>;
}

/** Signing in and out is no operation of the admin API: it is how one comes to it. */
export async function signIn(proof: { readonly token: string } | { readonly code: string }): Promise<void> {
  await send('POST', '/v1/session', proof);
}

export async function signOut(): Promise<void> {
  await send('DELETE', '/v1/session');
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const timeout = AbortSignal.timeout(patienceMs);
  const response = await fetch(path, {
    method,
    // No form and no other site can send this header: it is what makes a change ours.
    headers: {
      'planwire-request': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    credentials: 'same-origin',
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    const late = timeout.aborted;
    throw new CallFailed(
      0,
      'unreachable',
      late
        ? 'Planwire did not answer within 30 seconds. It is tried again.'
        : 'Planwire cannot be reached. Check that it runs and that you are connected.',
    );
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const { code = 'unknown', message = `Planwire answered ${response.status}.` } =
    (answer as { error?: { code?: string; message?: string } } | null)?.error ?? {};
  throw new CallFailed(response.status, code, message);
}
