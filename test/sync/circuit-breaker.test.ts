import { afterAll, beforeAll, expect, test } from 'vitest';
import { usualWaits } from '../../src/domain/upstream/waits.ts';
import type { RequestTrace, UpstreamFailure } from '../../src/domain/upstream/failure.ts';
import { whatNext } from '../../src/domain/upstream/what-next.ts';
import { createCircuitBreaker, type CircuitBreaker } from '../../src/sync/circuit-breaker.ts';
import { redisBackend, type Backend, type Records } from '../store/contracts/records-backends.ts';
import { anOutcome } from '../support/outcome-fixture.ts';

const now = Date.now() - 60_000;
const operation = 'identities.getIdentity';
const failure: UpstreamFailure = {
  service: 'unkey',
  operation,
  kind: 'http',
  status: 401,
  type: null,
  title: 'Unauthorized',
  detail: 'The key is not known.',
  docs: null,
  requestId: null,
  retryAfterMs: null,
  rateLimitedReason: null,
};

let backend: Backend;
beforeAll(async () => void (backend = await redisBackend()));
afterAll(() => backend.stop());

async function twoProcesses() {
  const { first, second } = await backend.fresh();
  return { records: first, breakers: [breakerOn(first), breakerOn(second)] as const };
}

function breakerOn({ values, outcomes }: Records): CircuitBreaker {
  const announce = (): void => undefined;
  return createCircuitBreaker({ shared: values, outcomes, waits: usualWaits, now: () => now, announce });
}

/** An attempt that was refused: it opens the circuit or finds it open, and has yet to tell. */
async function refused(breaker: CircuitBreaker, n: number) {
  const next = whatNext(failure);
  if (next.class !== 'misconfigured') throw new Error('a 401 opens the circuit');
  const { reportId } = await breaker.begin('unkey', failure, next, now, `out_${n}`);
  const requests: RequestTrace[] = [
    { service: 'unkey', operation, requestId: `req_${n}`, status: 401, ms: 1 },
  ];
  const outcome = anOutcome({ id: `out_${n}`, finishedAt: now, status: 'retrying', requests });
  return { reportId, tell: () => breaker.report(reportId, outcome) };
}

async function requestIds({ outcomes }: Records, outcomeId: string) {
  return (await outcomes.get(outcomeId))?.requests.map(({ requestId }) => requestId).toSorted();
}

test('P6: attempts that run into an open circuit at once have one outcome, which loses none of their requests', async () => {
  const { records, breakers } = await twoProcesses();
  const attempts = await Promise.all(
    Array.from({ length: 10 }, (_, n) => refused(breakers[n % 2 === 0 ? 0 : 1], n)),
  );
  const reportIds = new Set(attempts.map(({ reportId }) => reportId));
  expect(reportIds.size).toBe(1);
  const written = await Promise.all(attempts.map(({ tell }) => tell()));
  expect(written.filter((outcome) => outcome !== null)).toHaveLength(1);
  const [reportId = ''] = reportIds;
  expect(await requestIds(records, reportId)).toEqual(attempts.map((_, n) => `req_${n}`));
  expect((await records.outcomes.list({}, null, 5)).items).toHaveLength(1);
});

test('P6: whoever opened a circuit and died before it told of it is told for by the next', async () => {
  const { records, breakers } = await twoProcesses();
  const dead = await refused(breakers[0], 1);
  const next = await refused(breakers[1], 2);
  expect(next.reportId).toBe(dead.reportId);
  expect((await next.tell())?.id).toBe('out_1');
  expect(await requestIds(records, 'out_1')).toEqual(['req_2']);
});

test('P6: a circuit that closes before an attempt has told of it takes nothing from its outcome', async () => {
  const { records, breakers } = await twoProcesses();
  const [first, second] = [await refused(breakers[0], 1), await refused(breakers[1], 2)];
  await first.tell();
  const served: RequestTrace = { service: 'unkey', operation, requestId: null, status: 200, ms: 1 };
  await breakers[0].ended(['unkey'], [served], now + 1_000);
  expect(await breakers[0].read('unkey')).toBeNull();
  expect(await second.tell()).toBeNull();
  expect(await requestIds(records, 'out_1')).toEqual(['req_1', 'req_2']);
});
