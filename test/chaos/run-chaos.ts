import { setTimeout as delay } from 'node:timers/promises';
import { loadPlanFile } from '../../src/plan-file/load.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { sandboxStripeKey, startStripeSandbox } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { waitFor } from '../support/pipeline.ts';
import { makeCatalog, overriddenPlansText } from '../support/plans.ts';
import { adminToken } from '../support/processes.ts';
import { createChanges } from './changes.ts';
import { startCrew, type ChaosStore, type Crew } from './crew.ts';
import { createExpectation, type Wrong } from './expected.ts';
import { createStorms } from './storms.ts';

export interface ChaosOptions {
  readonly store: ChaosStore;
  readonly seconds: number;
  readonly seed: number;
  readonly customers: number;
  /** A back-off may be as long as a quarter of an hour; by default all have that time to become right. */
  readonly recoveryLimitMs?: number;
}

export interface ChaosReport {
  readonly counts: Readonly<Record<string, number>>;
  /** Identities that are not what they should be, after those were asked for of whom Stripe told nothing. */
  readonly wrong: readonly (Wrong & { readonly known: unknown })[];
  /** Writes of one identity that ran at the same time, and about when. */
  readonly overlapping: readonly string[];
  /** From the end of all trouble until every identity was right and confirmed. */
  readonly recoveryMs: number;
}

const webhookSecret = 'whsec_chaos';
const changeEveryMs = 40;
const stormEveryMs = 700;
const crashEveryMs = 4_000;

/**
 * Plays trouble for a time, then compares. Only customers whose last change was told to nobody are asked for before: a
 * wake-up that was lost on the way would show. Never throws for a difference.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(options.seed);
  const stripe = await startStripeSandbox({ webhookSecret, random });
  const unkey = await startUnkeySandbox({ random, latencyMs: 2, writeLatencyMs: 5 });
  const settings = {
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE_URL: stripe.url,
    STRIPE_SECRET_KEY: sandboxStripeKey,
    UNKEY_API_BASE_URL: unkey.url,
    UNKEY_ROOT_KEY: sandboxRootKey,
    CONFIRM_AFTER_SECONDS: '3',
  };
  const crew = await startCrew(options.store, settings, random);
  try {
    stripe.configure({ webhookUrl: crew.webhookUrl });
    makeCatalog(stripe);
    for (const namespace of ['api', 'web']) unkey.putNamespace(namespace);
    const changes = createChanges(stripe, options.customers, random);
    const storms = createStorms({ stripe, unkey }, random);
    const writes = countWrites(unkey);
    await play(options.seconds * 1000, { changes, storms, crew });
    storms.calm();
    const endedAt = Date.now();
    await stripe.settled();
    await askFor(crew, changes.untold());
    const wrong = await untilRight(
      plansOf(),
      { stripe, unkey },
      crew,
      changes.customerIds,
      options.recoveryLimitMs,
    );
    const recoveryMs = Date.now() - endedAt;
    const known = await Promise.all(wrong.map(({ externalId }) => call(crew, `/v1/find/${externalId}`)));
    writes.stop();
    const deliveries = stripe.deliveries().length;
    return {
      counts: {
        ...changes.counts,
        'asked for': changes.untold().length,
        deliveries,
        ...storms.counts,
        ...killed(crew),
        writes: writes.total(),
      },
      wrong: wrong.map((each, nth) => ({ ...each, known: known[nth] })),
      overlapping: writes.overlapping(),
      recoveryMs,
    };
  } finally {
    await crew.close();
    await Promise.all([stripe.close(), unkey.close()]);
  }
}

async function play(
  ms: number,
  {
    changes,
    storms,
    crew,
  }: {
    readonly changes: { once(): void };
    readonly storms: { once(): void };
    readonly crew: Pick<Crew, 'crash'>;
  },
): Promise<void> {
  const until = Date.now() + ms;
  const repeat = async (everyMs: number, act: () => void | Promise<void>): Promise<void> => {
    while (Date.now() < until) {
      await act();
      await delay(everyMs);
    }
  };
  await Promise.all([
    repeat(changeEveryMs, () => changes.once()),
    repeat(stormEveryMs, () => storms.once()),
    repeat(crashEveryMs, () => crew.crash()),
  ]);
}

/** The log of the stand-in is bounded: it is emptied while it is counted. */
function countWrites(unkey: UnkeySandbox) {
  let total = 0;
  const overlapping: string[] = [];
  const take = (): void => {
    const writes = unkey.requests().filter(({ operation }) => !operation.includes('.get'));
    total += writes.length;
    for (const write of writes)
      if (write.overlapped)
        overlapping.push([write, ...besides(write, writes)].map(described).join(' beside '));
    unkey.clearRequests();
  };
  const timer = setInterval(take, 1_000);
  return {
    total: () => total,
    overlapping: (): readonly string[] => overlapping,
    stop() {
      clearInterval(timer);
      take();
    },
  };
}

type Write = ReturnType<UnkeySandbox['requests']>[number];

/** The other writes of an identity that were under way at the same time. */
function besides(write: Write, all: readonly Write[]): readonly Write[] {
  const { subject, at, ms } = write;
  const isBeside = (other: Write): boolean =>
    other !== write && other.subject === subject && other.at <= at + ms && at <= other.at + other.ms;
  return all.filter(isBeside);
}

function described({ operation, subject, at, ms, status, body }: Write): string {
  return `${operation} ${subject} at ${new Date(at).toISOString()} for ${ms} ms, ${status ?? 'cut'}: ${JSON.stringify(body)}`;
}

function killed({ counts }: Crew): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`killed ${name}`, count]));
}

function plansOf() {
  const loaded = loadPlanFile(overriddenPlansText, 'plans.yaml');
  if (!loaded.ok) throw new Error('The plan file of the tests cannot be used.');
  return loaded.planFile;
}

async function call(crew: Crew, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${crew.url()}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
  return answer.json();
}

async function askFor(crew: Crew, customerIds: readonly string[]): Promise<void> {
  for (const customer of customerIds) {
    let asked = false;
    const ask = async (): Promise<boolean> => {
      asked = await call(crew, '/v1/syncs', { customer }).then(
        () => true,
        () => false,
      );
      return asked;
    };
    await waitFor(ask, 30_000, `${customer} to be asked for`);
  }
}

/** What is still wrong once nothing is owed to anybody any more, or the time is over. */
async function untilRight(
  planFile: ReturnType<typeof plansOf>,
  sandboxes: Parameters<typeof createExpectation>[1],
  crew: Crew,
  customerIds: readonly string[],
  recoveryLimitMs = 16 * 60_000,
): Promise<readonly Wrong[]> {
  const expectation = createExpectation(planFile, sandboxes);
  const deadline = Date.now() + recoveryLimitMs;
  for (;;) {
    const wrong = await expectation(customerIds);
    if (wrong.length === 0 && (await owed(crew, customerIds, sandboxes.unkey)) === 0)
      return expectation(customerIds);
    if (Date.now() > deadline) return wrong;
    await delay(500);
  }
}

/**
 * How many customers still have something to come: a sync, a confirmation, an identity to leave. Those without an
 * identity may wait for a replica to show one, and are right meanwhile.
 */
async function owed(crew: Crew, customerIds: readonly string[], unkey: UnkeySandbox): Promise<number> {
  let count = 0;
  for (const customerId of customerIds) {
    const { customer } = (await call(crew, `/v1/find/${customerId}`)) as { customer?: Found | null };
    if (customer === undefined || customer === null) count += 1;
    else if (customer.externalId === null || unkey.identity(customer.externalId) === null) continue;
    else if (customer.dirtySince !== null || customer.unconfirmedSince !== null) count += 1;
    else if (customer.movedFrom.length > 0) count += 1;
  }
  return count;
}

interface Found {
  readonly externalId: string | null;
  readonly dirtySince: string | null;
  readonly unconfirmedSince: string | null;
  readonly movedFrom: readonly string[];
}
