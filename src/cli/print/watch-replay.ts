import { counted } from '../../domain/counted.ts';
import type { AdminClient, ShownProgress } from '../client/admin-client.ts';
import { refuse, type CliIo } from '../io.ts';
import { printJson } from './format.ts';
import { watchProgress } from './watch-progress.ts';

/** Shows how far a replay is until it has ended. Whoever stops watching does not stop the replay. */
export async function watchReplay(
  io: CliIo,
  client: AdminClient,
  replayId: string,
  json: boolean,
): Promise<number> {
  const first = await client.replay(replayId);
  if (first === null) return refuse(io, `There is no replay ${replayId}.`);
  const last = await watchProgress(io, first, {
    json,
    look: () => client.replay(replayId),
    progressOf: ({ state, ...progress }) => ({ ...progress, ended: state !== 'running' }),
  });
  if (json) printJson(io.stdout, last);
  else io.stdout.write(`${ending(last)}\n`);
  return last.failing > 0 || last.state === 'aborted' || last.state === 'failed' ? 1 : 0;
}

function ending({ state, customers, done, failing }: ShownProgress): string {
  if (state === 'dryRun') return `${counted(customers, 'customer')} would be synced again.`;
  const still =
    failing === 0 ? 'none is failing' : `${failing.toLocaleString('en-US')} of them still failing`;
  if (state === 'done') return `${counted(customers, 'customer')} synced again, ${still}.`;
  const so = `${done.toLocaleString('en-US')} of ${counted(customers, 'customer')} synced again, ${still}`;
  return state === 'running' ? `${so}; it goes on.` : `The replay was ${state}: ${so}.`;
}
