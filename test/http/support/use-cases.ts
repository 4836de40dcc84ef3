import { blankRecord, type CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import type { AuditAsked, AuditEnd } from '../../../src/domain/audit.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { Resolution } from '../../../src/domain/resolve/resolution.ts';
import { anAuditEntry } from '../../support/audit-fixture.ts';
import { aRun } from '../../support/run-fixture.ts';
import { anError, anOutcome } from '../../support/outcome-fixture.ts';
import type { UseCases } from '../../../src/http/admin/routes.ts';

const at = Date.parse('2026-11-22T06:00:00Z');

const record: CustomerRecord = {
  ...blankRecord('cus_1'),
  externalId: 'user_1',
  identityId: 'id_1',
  plan: 'team',
  rank: 10,
  granting: true,
  written: { meta: { hash: 'aa', at }, ratelimits: null },
  failingSince: at,
  failingCode: 'unmapped_item',
  recentEventIds: ['evt_1'],
};

const limits = { requests: { limit: 1000, duration: 3_600_000, autoApply: true } };

const decision: Resolution = {
  kind: 'decided',
  plan: 'team',
  rank: 10,
  granting: true,
  externalId: 'user_1',
  wanted: { meta: { plan: 'team' }, ratelimits: limits },
  sums: { requests: [{ kind: 'plan', amount: 1000 }] },
  validUntil: at,
  pastDueSince: null,
  subscriptionIds: ['sub_1'],
  explanation: ['Subscription sub_1 is active.'],
};

const identity = { id: 'id_1', externalId: 'user_1', meta: { plan: 'free' }, ratelimits: limits };
const outcome = anOutcome({ id: 'out_1', finishedAt: at });
const failed = anOutcome({ id: 'out_2', finishedAt: at, status: 'failed', error: anError('unmapped_item') });

const reconciled: Run = {
  ...aRun({
    state: 'done',
    startedAt: at,
    finishedAt: at + 90_000,
    note: 'The nightly look at everybody.',
    counts: {
      customers: 1_200,
      done: 1_203,
      in_step: 1_196,
      limit_differs: 3,
      could_not_tell: 1,
      held: 2,
      repaired: 2,
      heldBack: 1,
      stripeReads: 14,
      unkeyReads: 16,
    },
  }),
  kind: 'reconcile',
  selection: {},
  options: { repair: 'all', onForeign: 'repair', max: null, acceptFewer: false },
};

const run = aRun({ startedAt: at, note: 'price_1 was changed in Stripe.' });

/** Every call of a use case, as [name, ...arguments]. */
export type Calls = unknown[][];

/** Use cases that answer with whole values and note how they were called, and apart from that what was to be noted of it: the wiring is what is tested with them. */
export function useCasesNoting(calls: Calls, audited: (AuditAsked | AuditEnd)[] = []): UseCases {
  const noting = <Result>(name: string, result: Result) => {
    return (...given: unknown[]): Promise<Result> => {
      calls.push([name, ...given]);
      return Promise.resolve(result);
    };
  };
  return {
    listOutcomes: noting('listOutcomes', { items: [outcome, failed], nextCursor: 'next' }),
    getOutcome: noting('getOutcome', outcome),
    startCatchUp: noting('startCatchUp', { runId: 'run_01KAWJ5CCKX0ZK3W8C4C0F7V6T' }),
    startReconciliation: noting('startReconciliation', { runId: 'run_01KAWJ5CCKX0ZK3W8C4C0F7V6T' }),
    reconciliations: noting('reconciliations', { latest: reconciled, lastDone: reconciled }),
    find: noting('find', {
      kind: 'event' as const,
      event: {
        eventId: 'evt_1',
        type: 'invoice.paid',
        receivedAt: at,
        customerIds: ['cus_1'],
        tickets: { cus_1: 1 },
      },
      customer: record,
      outcomes: [outcome],
    }),
    lookUpEmail: noting('lookUpEmail', {
      customers: [
        { customerId: 'cus_1', record },
        { customerId: 'cus_2', record: null },
      ],
      problem: null,
    }),
    customerView: noting('customerView', {
      record,
      decision,
      identity,
      drift: true,
      change: outcome.change,
      subscriptions: [
        {
          id: 'sub_1',
          status: 'active',
          createdAt: at,
          cancelAt: at,
          cancelAtPeriodEnd: false,
          currentPeriodEnd: at,
          trialEnd: null,
          owedSince: null,
          items: [
            {
              id: 'si_1',
              priceId: 'price_1',
              lookupKey: null,
              productId: 'prod_1',
              quantity: 1,
              of: ['team'],
            },
          ],
        },
      ],
      overrideRequests: [{ namespace: 'api', identifier: 'user_1', limit: 100, duration: 60_000 }],
      upcoming: [
        { at, kind: 'subscriptionEnds' as const, subscriptionId: 'sub_1', resolution: decision },
        { at, kind: 'trialEnds' as const, subscriptionId: 'sub_1', resolution: null },
      ],
      keys: { count: 3, overriding: [{ limit: 'requests', keyIds: ['key_1', 'key_2'] }] },
      status: 'applied' as const,
      error: null,
      request: { identity: 'user_1', meta: {}, ratelimits: [] },
      outcomes: [outcome],
      problems: [],
    }),
    timeline: noting('timeline', {
      entries: [
        {
          at,
          events: [{ eventId: 'evt_1', type: 'invoice.paid', madeAt: at, receivedAt: null }],
          outcome: null,
          state: 'lost' as const,
        },
        { at, events: [], outcome, state: 'synced' as const },
      ],
      nextCursor: null,
      audit: { since: at, complete: true, events: 3, missing: 1, problem: null },
    }),
    failing: noting('failing', { items: [record], nextCursor: null }),
    requestSync: noting('requestSync', undefined),
    startReplay: noting('startReplay', { replayId: 'run_1', customers: 3, dryRun: false }),
    replay: noting('replay', {
      replayId: 'run_1',
      customers: 3,
      dryRun: false,
      state: 'running' as const,
      requested: 1,
      done: 1,
      failing: 0,
      startedAt: at,
      finishedAt: null,
    }),
    preview: noting('preview', {
      upcoming: [],
      customerId: 'cus_1',
      decision: {
        kind: 'refused' as const,
        code: 'unmapped_item',
        detail: 'Nothing matches price_1.',
        externalId: 'user_1',
        subscriptionIds: ['sub_1'],
        pastDueSince: null,
        explanation: [],
      },
      identity,
      status: 'failed' as const,
      explanation: ['Nothing matches price_1.'],
      error: { code: 'unmapped_item', detail: 'Nothing matches price_1.' },
      change: null,
      previousRequest: null,
      overrideRequests: [],
      keys: { count: 3, overriding: [{ limit: 'requests', keyIds: ['key_1'] }] },
      request: { identity: 'user_1', meta: {}, ratelimits: [] },
      problems: ['Unkey did not answer.'],
    }),
    held: noting('held', {
      items: [
        { record, outcome },
        { record, outcome: null },
      ],
      nextCursor: null,
    }),
    release: noting('release', { released: 1, runId: null }),
    listRuns: noting('listRuns', { items: [run], nextCursor: 'next' }),
    getRun: noting('getRun', run),
    abortRun: noting('abortRun', { ...run, state: 'aborted' as const }),
    runRows: noting('runRows', { rows: [{ customerId: 'cus_1', state: 'synced' }], nextPage: 5 }),
    planFile: noting('planFile', {
      planFile: {
        version: 1 as const,
        identity: { externalId: ['{{customer.id}}'], missing: 'fail' as const },
        ownership: {
          meta: 'merge' as const,
          ratelimits: 'merge' as const,
          retired: { meta: [], ratelimits: [] },
        },
        access: { active: 'full' as const, past_due: { grace: 86_400_000 } },
        fallback: 'team',
        unmapped: 'fail' as const,
        plans: {
          team: {
            rank: 10,
            match: [],
            meta: { plan: 'team' },
            ratelimits: {
              requests: { limit: 1, perUnit: 2, included: 3, duration: 3_600_000, autoApply: true },
            },
          },
        },
        addons: { boost: { match: [], ratelimits: { requests: { add: 5 } } } },
        overrides: { plan: null, ratelimits: null },
      },
      hash: 'sha256:1',
      text: 'version: 1\n',
      warnings: ['A warning.'],
      refused: [],
    }),
    prices: noting('prices', {
      prices: [
        { priceId: 'price_1', lookupKey: null, productId: 'prod_1', recurring: true, of: ['plan team'] },
      ],
      dead: [{ entry: 'plans.team.match[0]', names: 'lookupKey old' }],
      notRead: [],
      problem: null,
    }),
    checkPlanFile: noting('checkPlanFile', {
      ok: true as const,
      hash: 'sha256:2',
      same: false,
      warnings: [],
      differences: [{ path: 'plans.team.rank', before: '10', after: null }],
      moves: [{ priceId: 'price_1', from: ['plan team'], to: [] }],
      unmatched: ['price_1'],
    }),
    pings: noting('pings', [{ eventId: 'evt_1', receivedAt: 0 }]),
    processes: noting('processes', [
      {
        processId: 'p1',
        host: 'host',
        roles: ['http' as const, 'workers' as const],
        version: '0.1.0',
        planFile: 'sha256:1',
        stale: false,
        startedAt: at,
        seenAt: at,
      },
    ]),
    about: noting('about', {
      mode: 'test' as const,
      version: '0.1.0',
      unkeyApi: 'https://api.unkey.com',
      stripeCustomers: null,
      unkeyIdentities: null,
    }),
    overview: noting('overview', {
      windowMs: 3_600_000,
      cellMs: 60_000,
      from: at,
      until: at,
      since: at,
      complete: true,
      cells: [
        {
          at,
          statuses: { applied: 1 },
          applied: { count: 1, p50: 80, p99: 80 },
          waited: { p50: null, p99: null },
          stripe: { calls: 1, p50: 20, p99: 20, throttled: 0, failed: 0 },
          unkey: { calls: 0, p50: null, p99: null, throttled: 0, failed: 0 },
        },
      ],
    }),
    problems: noting('problems', {
      windowMs: 3_600_000,
      since: at,
      complete: true,
      failing: 1,
      held: 0,
      known: 9,
      groups: [
        {
          code: 'unmapped_item',
          title: 'The plan file cannot decide',
          detail: 'Nothing matches price_1.',
          docs: null,
          firstSeen: at,
          lastSeen: at,
          outcomes: 2,
          customers: 2,
          failing: 1,
          healed: 1,
          replayed: 0,
          recurring: false,
          acknowledged: { at, by: 'kim' },
          state: 'acknowledged' as const,
          examples: ['cus_1'],
          newestOutcomeId: 'out_2',
        },
      ],
    }),
    recordAudit: (asked) => {
      audited.push(asked);
      return Promise.resolve((end: AuditEnd) => Promise.resolve(void audited.push(end)));
    },
    listAudit: noting('listAudit', { items: [anAuditEntry({ at })], nextCursor: 'next' }),
    acknowledge: noting('acknowledge', undefined),
    stats: noting('stats', {
      windowMs: 86_400_000,
      truncated: false,
      statuses: { applied: 1, unchanged: 0, ignored: 0, retrying: 0, failed: 1, held: 0 },
      minutes: [{ minute: at, statuses: { applied: 1 } }],
      latency: { count: 1, p50: 80, p90: 80, p99: 80 },
      queues: { syncs: { waiting: 1, delayed: 0, active: 2, oldestMs: 12 } },
    }),
  };
}
