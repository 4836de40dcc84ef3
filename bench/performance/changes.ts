import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres } from '../../test/support/postgres-server.ts';
import { waitFor } from '../../test/support/pipeline.ts';
import { createProcesses, startSandboxProcess, type PlanwireProcess } from '../../test/support/processes.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../../test/support/remote-sandbox.ts';

/** Planwire between stand-ins with known customers, each on a subscription that can be changed. */
export interface Setting {
  readonly sandbox: RemoteSandbox;
  readonly workers: readonly PlanwireProcess[];
  readonly storeUrl: string;
  stop(): Promise<void>;
}

export const callMs = 50;

export interface Wanted {
  readonly store: 'redis' | 'postgres' | 'embedded';
  readonly workers: number;
  readonly customers: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** `start` on the embedded store, else a server and that many workers. Each call of a stand-in takes `callMs`. */
export async function set({ store, workers, customers, env = {} }: Wanted): Promise<Setting> {
  const server = store === 'redis' ? await startRedis() : store === 'postgres' ? await startPostgres() : null;
  const at = server === null ? {} : { [store === 'redis' ? 'REDIS_URL' : 'DATABASE_URL']: server.url };
  // Confirmations have calls and commands of their own.
  const processes = await createProcesses({ CONFIRM_AFTER_SECONDS: '0', ...at, ...env });
  const stop = async (): Promise<void> => {
    await processes.close();
    await server?.stop();
  };
  try {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const silent = { copies: 0 };
    const numbers = [...Array(customers).keys()];
    await sandbox.stripe(
      'customers',
      numbers.map((n) => ({ id: `cus_${n}`, metadata: { user_id: `user_${n}` }, delivery: silent })),
    );
    const front = await processes.start(store === 'embedded' ? 'start' : 'server');
    const started =
      store === 'embedded'
        ? [front]
        : await Promise.all(Array.from({ length: workers }, () => processes.start('worker')));
    await sandbox.configureStripe({ webhookUrl: `${front.url}/webhooks/stripe` });
    await holdCalls(sandbox, callMs);
    return { sandbox, workers: started, storeUrl: server?.url ?? '', stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** What the stand-ins hold each call for from now on; between two bounds it is another time each. */
export async function holdCalls(
  { stripeUrl, unkeyUrl }: RemoteSandbox,
  ms: number | readonly [least: number, most: number],
): Promise<void> {
  for (const url of [stripeUrl, unkeyUrl]) {
    await fetch(`${url}/_faults`, { method: 'DELETE' });
    const body = JSON.stringify([{ match: '*', latencyMs: ms }]);
    const answer = await fetch(`${url}/_faults`, { method: 'POST', body });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** These customers subscribe at once. */
export async function subscribe({ sandbox }: Setting, numbers: readonly number[]): Promise<void> {
  const items = [{ price: 'price_team', quantity: 2 }];
  await sandbox.stripe(
    'subscriptions',
    numbers.map((n) => ({
      id: `sub_${n}`,
      customer: `cus_${n}`,
      status: 'active',
      items,
    })),
  );
}

/** Everybody subscribes at once. Resolves when every identity was written. */
export async function subscribeAll(setting: Setting, customers: number): Promise<void> {
  await subscribe(setting, [...Array(customers).keys()]);
  await written(setting.sandbox, customers);
}

/** Asked seldom while much is missing: to tell of every request keeps the stand-in, and a core, from what is measured. */
export async function written(sandbox: RemoteSandbox, atLeast: number): Promise<void> {
  const isWritten = async (): Promise<boolean> => {
    const missing = atLeast - (await writes(sandbox)).length;
    if (missing > 0) await delay(Math.min(2_000, 100 + 4 * missing));
    return missing <= 0;
  };
  await waitFor(isWritten, 180_000, 'every identity to be written');
}

export async function writes(sandbox: RemoteSandbox) {
  const isWrite = (operation: string): boolean => /update|create/.test(operation);
  return (await sandbox.unkeyRequests()).filter(({ operation }) => isWrite(operation));
}
