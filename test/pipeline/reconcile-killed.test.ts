import { afterEach, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { makeFleet, type Planted } from '../support/fleet.ts';
import { waitFor } from '../support/pipeline.ts';
import { createProcesses, startSandboxProcess, type Processes } from '../support/processes.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../support/remote-sandbox.ts';
import { startRedis } from '../support/redis-server.ts';

const planted: Planted = { limit_differs: 20, meta_differs: 10, limit_missing: 10, unmapped: 5 };
const customers = 1_200;
const ownKeys = 60;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Run {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

it('a look at everybody and their keys that is killed four times goes on where it was, and comes to the same', async () => {
  const redis = await startRedis();
  ends.push(() => redis.stop());
  const processes = await createProcesses({
    REDIS_URL: redis.url,
    RECONCILE_RATE_PER_SECOND: '20',
    UNKEY_API_ID: 'api_1',
  });
  ends.push(() => processes.close());
  const sandbox = await startSandboxProcess(processes);
  await fill(sandbox);
  await sandbox.configureStripe({ readLatencyMs: 100 });

  const newest = async (): Promise<Run | undefined> => {
    const { stdout } = await command(['runs', '--json'], processes.env);
    return (JSON.parse(stdout) as { runs: Run[] }).runs[0];
  };
  const count = async (name: string): Promise<number> => (await newest())?.counts[name] ?? 0;

  // While it reads the lists, further on in them, while it looks afresh at whom they made suspect, and among the keys.
  await killedOnce(processes, ['--keys'], async () => (await count('stripeReads')) >= 3);
  const id = (await newest())?.id ?? '';
  await killedOnce(processes, ['--resume', id], async () => (await count('stripeReads')) >= 9);
  await killedOnce(processes, ['--resume', id], async () => (await count('suspects')) > 0);
  await killedOnce(processes, ['--resume', id], async () => (await count('key_overrides_limit')) > 0);
  expect(await count('key_overrides_limit')).toBeLessThan(ownKeys);
  expect(await newest()).toMatchObject({ id, state: 'running' });

  const resumed = await command(['reconcile', '--resume', id, '--json'], processes.env);
  await sandbox.configureStripe({ readLatencyMs: 0 });
  const afresh = await command(['reconcile', '--keys', '--json'], {
    ...processes.env,
    RECONCILE_RATE_PER_SECOND: '1000',
  });
  expect(rowsIn(resumed.stdout)).toEqual(rowsIn(afresh.stdout));
  expect(countsIn(resumed.stdout)).toEqual({
    ...planted,
    in_step: customers - 45,
    key_overrides_limit: ownKeys,
  });
  expect(resumed.exitCode).toBe(1);
}, 120_000);

async function killedOnce(processes: Processes, args: readonly string[], when: () => Promise<boolean>) {
  const child = processes.launch('reconcile', { args });
  await waitFor(async () => !child.running() || (await when()), 60_000);
  expect((await child.end('SIGKILL')).code).toBe('SIGKILL');
}

function linesIn(stdout: string): readonly Record<string, unknown>[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function rowsIn(stdout: string): readonly string[] {
  return linesIn(stdout)
    .slice(0, -1)
    .map((row) => JSON.stringify(row))
    .sort();
}

function countsIn(stdout: string): unknown {
  return (linesIn(stdout).at(-1)?.['summary'] as { counts: unknown } | undefined)?.counts;
}

async function fill(sandbox: RemoteSandbox): Promise<void> {
  await makeRemoteCatalog(sandbox);
  await sandbox.stripe('prices', { id: 'price_unknown', product: 'prod_boost', delivery: { copies: 0 } });
  await makeFleet(
    {
      customers: async (inputs) => void (await sandbox.stripe('customers', inputs)),
      subscriptions: async (inputs) => void (await sandbox.stripe('subscriptions', inputs)),
      identities: async (inputs) => {
        const answer = await fetch(`${sandbox.unkeyUrl}/_unkey/identities`, {
          method: 'POST',
          body: JSON.stringify(inputs),
        });
        expect(answer.status).toBe(201);
      },
    },
    { customers, planted },
  );
  for (let nth = 0; nth < ownKeys; nth += 1) {
    const ratelimits = [{ name: 'requests', limit: 5, duration: 3_600_000, autoApply: true }];
    const key = {
      key: `sk_${nth}`,
      keyId: `key_${nth}`,
      apiId: 'api_1',
      externalId: `user_${nth * 4}`,
      ratelimits,
    };
    const answer = await fetch(`${sandbox.unkeyUrl}/_unkey/keys`, {
      method: 'POST',
      body: JSON.stringify(key),
    });
    expect(answer.status).toBe(201);
  }
}
