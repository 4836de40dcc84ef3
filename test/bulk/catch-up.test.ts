import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createAskCatchUp, createStartCatchUp } from '../../src/bulk/catch-up/ask.ts';
import type { Run } from '../../src/domain/run.ts';
import { command, settingsOf } from '../support/command.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

async function withCustomers(env: Record<string, string> = {}): Promise<Pipeline> {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env,
    overrides: { waits: { sweepEveryMs: 100 } },
  });
  const { stripe, unkey } = pipeline;
  makeCatalog(stripe);
  for (let n = 0; n < 12; n += 1) {
    unkey.putIdentity({ externalId: `user_${n}` });
    stripe.customers.create({ id: `cus_${n}`, metadata: { user_id: `user_${n}` } });
    stripe.subscriptions.create({ id: `sub_${n}`, customer: `cus_${n}`, items: [{ price: 'price_team' }] });
  }
  await pipeline.settled();
  return pipeline;
}

/** What nobody hears of. */
function changeUnheard({ stripe }: Pipeline): void {
  stripe.configure({ webhookUrl: null });
  for (let n = 0; n < 5; n += 1) stripe.subscriptions.update(`sub_${n}`, { quantity: 4 });
  stripe.subscriptions.remove('sub_5');
}

async function lastRun({ service }: Pipeline): Promise<Run | undefined> {
  return (await service.context.store.runs.list({ kind: 'catch-up' }, null, 1)).items[0];
}

/** The catalogue was made before anybody listened. */
const ofCatalog = 3;

const limitOf = ({ unkey }: Pipeline, n: number) =>
  unkey.identity(`user_${n}`)?.ratelimits.find(({ name }) => name === 'requests')?.limit;

describe('catching up', () => {
  it('makes everybody right who was missed, by nothing but a process that starts', async () => {
    const running = await withCustomers();
    changeUnheard(running);
    await running.restart();
    await waitFor(async () => (await lastRun(running))?.state === 'done', 30_000);
    await running.settled();
    expect([0, 1, 2, 3, 4, 5, 6].map((n) => limitOf(running, n))).toEqual([
      2500, 2500, 2500, 2500, 2500, 100, 1000,
    ]);
    const run = await lastRun(running);
    expect(run?.counts).toMatchObject({ missed: 6 + ofCatalog, customers: 6, done: 6, changed: 6 });
    const outcome = running.outcomes.find(({ cause }) => cause.kind === 'catchUp');
    expect(outcome).toMatchObject({
      status: 'applied',
      cause: { type: expect.stringContaining('subscription') as string },
    });
    expect(outcome?.cause.eventIds).toHaveLength(1);
  }, 60_000);

  it('asks for nobody whose event came, and says how many that were', async () => {
    const running = await withCustomers();
    await running.restart();
    await waitFor(async () => (await lastRun(running))?.state === 'done', 30_000);
    const { counts } = (await lastRun(running)) ?? {};
    expect(counts).toMatchObject({ missed: ofCatalog, customers: 0 });
    expect(counts?.['came']).toBeGreaterThanOrEqual(24);
    expect(counts?.['made']).toBe((counts?.['came'] ?? 0) + ofCatalog);
  }, 60_000);

  it('reads thin events where those are what comes', async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      overrides: { waits: { sweepEveryMs: 100 } },
    });
    const { stripe, unkey } = pipeline;
    stripe.configure({ delivery: { style: 'thin' } });
    makeCatalog(stripe);
    unkey.putIdentity({ externalId: 'user_1' });
    stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
    await pipeline.settled();
    stripe.configure({ webhookUrl: null });
    stripe.subscriptions.update('sub_1', { quantity: 3 });
    await pipeline.restart();
    await waitFor(() => limitOf(pipeline as Pipeline, 1) === 2000, 30_000);
    await waitFor(async () => (await lastRun(pipeline as Pipeline))?.state === 'done', 30_000);
    expect((await lastRun(pipeline))?.counts).toMatchObject({ missed: 1 + ofCatalog });
  }, 60_000);

  it('says in one sentence what there was', async () => {
    const running = await withCustomers();
    const folder = await mkdtemp(join(tmpdir(), 'planwire-catch-up-'));
    const plansFile = join(folder, 'plans.yaml');
    await writeFile(plansFile, plansText);
    const env = settingsOf(running, plansFile);
    changeUnheard(running);
    const counted = await command(['catch-up', '--since', '1h', '--dry-run'], env);
    expect(counted.stdout).toMatch(
      /^Stripe made \d+ events in the gap: \d+ had arrived, 9 had not; nothing was done\.\n$/,
    );
    expect((await lastRun(running))?.counts).toMatchObject({ customers: 9, done: 9 });
    expect(limitOf(running, 0)).toBe(1000);
    const done = await command(['catch-up', '--since', '1h'], env);
    expect(done.stdout).toMatch(
      /^Stripe made \d+ events in the gap: \d+ had arrived, 9 had not; 6 customers looked at again, 6 changed\n$/,
    );
    expect(done.exitCode).toBe(0);
    expect(limitOf(running, 0)).toBe(2500);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('says why where Stripe does not let events be listed', async () => {
    const running = await withCustomers();
    running.stripe.configure({ deniedPermissions: ['rak_event_read'] });
    await running.restart();
    await waitFor(async () => (await lastRun(running))?.state === 'failed', 30_000);
    expect((await lastRun(running))?.note).toMatch(/events\.list .*rak_event_read/);
  }, 60_000);
});

describe('when it is asked for', () => {
  const hour = 3_600_000;
  function asking(known: string | null, isOn = true) {
    const values = new Map<string, string>(known === null ? [] : [['caughtUp', known]]);
    const standing = { now: 1_800_000_000_000, runs: 0, reconciled: 0 };
    const shared = {
      get: (name: string) => Promise.resolve(values.get(name) ?? null),
      set: (name: string, value: string) => Promise.resolve(void values.set(name, value)),
      change: (name: string, transition: (text: string | null) => string) => {
        values.set(name, transition(values.get(name) ?? null));
        return Promise.resolve(values.get(name) ?? '');
      },
    };
    const notes: (string | null)[] = [];
    const deps = {
      shared,
      runs: {
        request: (_work: unknown, { note }: { readonly note: string | null }) => {
          standing.runs += 1;
          notes.push(note);
          return Promise.resolve({ id: 'run_1' } as Run);
        },
      },
      reconcile: () => Promise.resolve(void (standing.reconciled += 1)),
      now: () => standing.now,
    };
    return {
      standing,
      notes,
      process: () => createAskCatchUp({ ...deps, isOn }),
      start: createStartCatchUp(deps),
    };
  }

  it('is at each start, every hour over all processes, and after two minutes away', async () => {
    const { standing, process } = asking('1799999000000');
    const [one, other] = [process(), process()];
    expect(await one()).toBe('catch-up');
    standing.now += 30_000;
    expect(await one()).toBeNull();
    for (let n = 0; n < 118; n += 1) {
      standing.now += 30_000;
      expect(await one()).toBeNull();
    }
    standing.now += 60_000;
    expect(await one()).toBe('catch-up');
    expect(await other()).toBe('catch-up');
    standing.now += 30_000;
    expect(await other()).toBeNull();
    standing.now += 150_000;
    expect(await one()).toBe('catch-up');
    expect(standing).toMatchObject({ reconciled: 0 });
    expect(standing.now).toBeGreaterThan(hour);
  });

  it('is not for a new installation, nor where it is off', async () => {
    expect(await asking(null).process()()).toBeNull();
    expect(await asking('1', false).process()()).toBeNull();
  });

  it('gives way to a look at everybody where the gap is longer than Stripe remembers', async () => {
    const { standing, process } = asking(String(1_800_000_000_000 - 31 * 24 * hour));
    expect(await process()()).toBe('reconcile');
    expect(standing).toMatchObject({ runs: 0, reconciled: 1 });
  });

  it('asks for a look at everybody also where somebody catches up by hand, and says so', async () => {
    const { standing, notes, start } = asking(String(1_800_000_000_000 - 31 * 24 * hour));
    const by = { requestedBy: 'test' };
    await start({ since: null, dryRun: true, ...by });
    expect(standing.reconciled).toBe(0);
    await start({ since: standing.now - 31 * 24 * hour, dryRun: false, ...by });
    expect(standing.reconciled).toBe(0);
    await start({ since: null, dryRun: false, ...by });
    expect(standing).toMatchObject({ runs: 3, reconciled: 1 });
    expect(notes).toEqual([
      expect.stringMatching(/more than 30 days.*: without a dry run everybody is looked at\.$/),
      expect.stringMatching(/^Stripe keeps events for 30 days: /),
      expect.stringMatching(/more than 30 days.*: everybody is looked at\.$/),
    ]);
    await start({ since: standing.now - hour, dryRun: false, ...by });
    expect(notes.at(-1)).toBeNull();
  });
});
