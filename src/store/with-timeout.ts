import { AsyncLocalStorage } from 'node:async_hooks';
import { withTimeout } from '../with-timeout.ts';
import { StoreUnavailable } from './store.ts';

/** Who goes before whom: a delivery is waited for by Stripe, a probe by a machine that asks again. */
export type Precedence = 'first' | 'usual' | 'behind';

interface Caller {
  /** Aborted once the caller has stopped waiting. */
  readonly signal: AbortSignal | null;
  readonly precedence: Precedence;
}

const callers = new AsyncLocalStorage<Caller>();
const nobody: Caller = { signal: null, precedence: 'usual' };
let isFollowed = false;

/**
 * A store with one session for all has to know on whose behalf it is called. To follow that makes every promise of the
 * process dearer, so the other stores do without.
 */
export function followCallers(): void {
  isFollowed = true;
}

function callFor<T>(caller: Partial<Caller>, call: () => Promise<T>): Promise<T> {
  if (!isFollowed) return call();
  return callers.run({ ...(callers.getStore() ?? nobody), ...caller }, call);
}

/** Whether whoever made the call in which this runs has stopped waiting for it: then it need not be begun any more. */
export function isAbandoned(): boolean {
  return callers.getStore()?.signal?.aborted === true;
}

/** That of the call in which this runs. */
export function precedence(): Precedence {
  return (callers.getStore() ?? nobody).precedence;
}

/** Makes a call for a machine that watches: nobody else is to wait for it. */
export function asProbe<T>(call: () => Promise<T>): Promise<T> {
  return callFor({ precedence: 'behind' }, call);
}

/** Makes a call for a delivery: Stripe waits for the answer, and the work that it makes can wait. */
export function asDelivery<T>(call: () => Promise<T>): Promise<T> {
  return callFor({ precedence: 'first' }, call);
}

/**
 * The result of a call to the store, or StoreUnavailable after the time. No setting of ioredis alone rejects in time in
 * every state (away at start, hung, killed), so every call made for someone who waits goes through here.
 */
export async function within<T>(timeoutMs: number, store: string, call: () => Promise<T>): Promise<T> {
  const abandoned = isFollowed ? new AbortController() : null;
  try {
    return await withTimeout(timeoutMs, callFor({ signal: abandoned?.signal ?? null }, call), () => {
      abandoned?.abort();
      return new StoreUnavailable(`${store} did not answer within ${timeoutMs} ms`);
    });
  } catch (cause) {
    throw unavailable(store, cause);
  }
}

function unavailable(store: string, cause: unknown): StoreUnavailable {
  if (cause instanceof StoreUnavailable) return cause;
  return new StoreUnavailable(`${store} is not usable: ${reason(cause)}`, { cause });
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^LOADING/, 'it is still loading its data set from disk (LOADING)'],
  [/^READONLY/, 'it is a read-only replica (READONLY); connect to the primary'],
  [/^OOM/, 'its memory is full (OOM); raise maxmemory'],
  [/^MISCONF/, 'it refuses writes because it cannot save to disk (MISCONF)'],
  [/^(NOAUTH|WRONGPASS)/, 'it refuses the user name or password'],
  [/^NOPERM/, 'the ACL user lacks a permission (NOPERM)'],
  [/^CLUSTERDOWN/, 'the cluster is down (CLUSTERDOWN)'],
  [/timed out/i, 'it did not answer in time'],
  [
    /Stream isn't writeable|Connection is closed|ECONNREFUSED|ECONNRESET|Connection terminated|Socket closed/i,
    'no connection',
  ],
];

/** What is wrong, in words that carry nothing of what was sent. */
export function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message || codeOf(cause) : String(cause);
  const known = reasons.find(([pattern]) => pattern.test(message) || pattern.test(codeOf(cause)));
  return known?.[1] ?? message.split('\n', 1)[0]?.slice(0, 200) ?? 'unknown error';
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
