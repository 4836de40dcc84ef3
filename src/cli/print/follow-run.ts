import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import type { CliIo } from '../io.ts';
import { progressOfRun } from './run.ts';
import { watchProgress } from './watch-progress.ts';

/**
 * Follows a run until it has ended, doing its work where nobody else would. `what` says how far it is. null: there is no
 * such run.
 */
export async function followRun(
  io: CliIo,
  client: AdminClient,
  runId: string,
  options: {
    readonly json: boolean;
    readonly what: (run: ShownRun) => string;
    /** Called whenever it is looked at. */
    readonly onLook?: () => Promise<void>;
  },
): Promise<ShownRun | null> {
  const { json, what, onLook } = options;
  const first = await client.run(runId);
  if (first === null) return null;
  const stopping = new AbortController();
  const signal = io.signal === undefined ? stopping.signal : AbortSignal.any([io.signal, stopping.signal]);
  let broken: { readonly error: unknown } | null = null;
  const driving = client.drive?.(runId, signal).catch((error: unknown) => {
    broken = { error };
    stopping.abort();
  });
  await watchProgress({ ...io, signal }, first, {
    json,
    async look() {
      await onLook?.();
      return client.run(runId);
    },
    progressOf: (run) => ({ ...progressOfRun(run), what: what(run) }),
  });
  stopping.abort();
  await driving;
  if (broken !== null) throw (broken as { readonly error: unknown }).error;
  return client.run(runId);
}

/** Customers a second over the last ten, and how long the rest will take at that. */
export function createPace(): (run: ShownRun) => string {
  const seen: { readonly at: number; readonly done: number }[] = [];
  return ({ counts: { customers = 0, done = 0 } }) => {
    const now = performance.now();
    seen.push({ at: now, done });
    while (seen.length > 2 && now - (seen[0]?.at ?? now) > 10_000) seen.shift();
    const [first] = seen;
    if (first === undefined || now === first.at || done === first.done) return '';
    const rate = ((done - first.done) * 1000) / (now - first.at);
    return `, ${Math.round(rate)}/s, ${Math.ceil((customers - done) / rate)} s left`;
  };
}
