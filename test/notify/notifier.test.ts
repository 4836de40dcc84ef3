import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { due, parseLedger } from '../../src/domain/notification/ledger.ts';
import { notificationsName } from '../../src/domain/shared-names.ts';
import { every, type Repeating } from '../../src/every.ts';
import { createNotifier, type Notifier } from '../../src/notify/notifier.ts';
import { createPost } from '../../src/notify/post.ts';
import {
  pgliteBackend,
  redisBackend,
  type Backend,
  type Records,
} from '../store/contracts/records-backends.ts';
import { waitFor } from '../support/pipeline.ts';
import { aRun } from '../support/run-fixture.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const waits = { leaseMs: 300, notifyAgainMs: 20 };

describe.each([
  ['Redis', redisBackend],
  ['SQL', pgliteBackend],
])('notifications kept in %s', (_name, startBackend) => {
  let backend: Backend;
  let receiver: Receiver;
  let first: Records;
  let second: Records;
  let running: { stop(): Promise<void> }[];
  let tries: string[];
  beforeAll(async () => {
    backend = await startBackend();
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    receiver = await startReceiver();
    ({ first, second } = await backend.fresh());
    running = [];
    tries = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await receiver.close();
  });

  function notifier(
    records: Records,
    processId: string,
    timeoutMs = 5_000,
    now: () => number = Date.now,
  ): Notifier {
    let made = 0;
    return createNotifier({
      ...records,
      shared: records.values,
      breaker: { open: () => Promise.resolve(null) },
      processId,
      post: createPost(
        { url: receiver.url, secret, format: 'standard', dashboardUrl: 'https://planwire.example.com' },
        { timeoutMs, now },
      ),
      newId: () => `msg_${processId}_${(made += 1)}`,
      waits,
      onTry: (type, result, why) => void tries.push(`${processId} ${type} ${result} ${why ?? ''}`.trim()),
      monotonic: () => performance.now(),
      now,
    });
  }
  /** As the scheduler runs it, only faster. `stop` without leaving: it died. */
  function run(
    records: Records,
    processId: string,
    timeoutMs?: number,
  ): Repeating & { kill(): Promise<void> } {
    const one = notifier(records, processId, timeoutMs);
    const ignored = (): void => undefined;
    const parts = [
      every(20, () => one.renew(), ignored),
      every(20, () => one.notice(), ignored),
      every(10, async (signal) => ((await one.deliver(signal)) ? 0 : undefined), ignored),
    ];
    const kill = async (): Promise<void> => void (await Promise.all(parts.map((each) => each.stop())));
    const each = {
      kill,
      async stop() {
        await kill();
        await one.leave();
      },
    };
    running.push(each);
    return each;
  }
  const fail = (customer: string, code: string | null) =>
    first.customers.change(customer, (record) => ({
      ...record,
      failingSince: code === null ? null : 1_700_000_000_000,
      failingCode: code,
    }));
  const hold = (customer: string) =>
    first.customers.change(customer, (record) => ({ ...record, heldSince: 1 }));
  const told = (subject = '') =>
    receiver
      .messages()
      .map(({ body }) => `${body.type} ${body.data.code ?? ''}`.trim())
      .filter((each) => each.endsWith(subject));
  const outbox = async () => parseLedger(await first.values.get(notificationsName)).outbox;

  it('are signed so that the library of the receiver believes them, and say what and where', async () => {
    run(first, 'one');
    await fail('cus_1', 'plan_unmapped');
    await fail('cus_2', 'plan_unmapped');
    await waitFor(() => receiver.received.length > 0);
    const [{ headers, text, body }] = receiver.received as [Receiver['received'][number]];
    expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body);
    expect(() => new Webhook(secret).verify(`${text} `, headers as Record<string, string>)).toThrow();
    expect(body).toMatchObject({
      type: 'problem.opened',
      timestamp: expect.stringMatching(/^20\d\d-.*Z$/) as string,
      data: {
        code: 'plan_unmapped',
        since: '2023-11-14T22:13:20.000Z',
        url: 'https://planwire.example.com/dashboard/outcomes?error=plan_unmapped',
      },
    });
    expect(Object.keys(body.data)).toEqual(expect.arrayContaining(['title', 'customers', 'detail']));
  });

  it.each(['fails', 'hangs', 'cuts', 'redirects'] as const)(
    'are all there, once and in order, after a time in which the receiver %s',
    async (mood) => {
      receiver.be(mood);
      run(first, 'one', mood === 'hangs' ? 200 : undefined);
      await fail('cus_1', 'a');
      await waitFor(async () => (await outbox()).length === 1);
      await fail('cus_1', null);
      await waitFor(async () => (await outbox()).length === 2);
      await fail('cus_1', 'a');
      await hold('cus_2');
      await waitFor(async () => (await outbox()).length === 4);
      await waitFor(async () => (await outbox()).some(({ attempts }) => attempts >= 2));
      expect(receiver.received.filter(({ body }) => body.type === 'problem.resolved')).toEqual([]);
      receiver.be('takes');
      await waitFor(async () => (await outbox()).length === 0);
      expect(told('a')).toEqual(['problem.opened a', 'problem.resolved a', 'problem.opened a']);
      expect(told().filter((each) => each === 'downgrade.held')).toHaveLength(1);
      expect(tries.filter((each) => each.includes(' sent'))).toHaveLength(4);
      expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(4);
      expect(tries.join('\n')).not.toMatch(/token|whsec|127\.0\.0\.1/);
    },
  );

  it('do not wait for an answer that never ends, and wait as long as a receiver asks for', async () => {
    receiver.be('never ends');
    run(first, 'one');
    await fail('cus_1', 'a');
    await waitFor(() => tries.some((each) => each.includes('sent')));
    receiver.be('throttles');
    await fail('cus_1', null);
    await waitFor(async () => (await outbox())[0]?.attempts === 1);
    const [message] = await outbox();
    expect((message?.notBefore ?? 0) - Date.now()).toBeGreaterThan(500_000);
    expect(due(parseLedger(await first.values.get(notificationsName)), Date.now())).toEqual([]);
  });

  it('that are refused for good are given up after three days and hold up no others', async () => {
    const clock = { ahead: 0 };
    const one = notifier(first, 'one', undefined, () => Date.now() + clock.ahead);
    const turn = async (): Promise<void> => {
      await one.renew();
      await one.notice();
      await one.deliver(new AbortController().signal);
    };
    receiver.refuse('a');
    await fail('cus_1', 'a');
    await turn();
    await fail('cus_2', 'b');
    await fail('cus_1', null);
    await turn();
    expect(told()).toEqual(['problem.opened b']);
    clock.ahead = 2.9 * 24 * 3_600_000;
    await turn();
    expect((await outbox()).map(({ type }) => type)).toEqual(['problem.opened', 'problem.resolved']);
    await fail('cus_3', 'c');
    clock.ahead = 3.1 * 24 * 3_600_000;
    await turn();
    expect(await outbox()).toEqual([]);
    expect(tries.filter((each) => each.includes('given_up'))).toEqual([
      'one problem.opened given_up',
      'one problem.resolved given_up',
    ]);
    receiver.refuse(null);
    await fail('cus_1', 'a');
    await turn();
    expect(told()).toEqual(['problem.opened b', 'problem.opened c', 'problem.opened a']);
    await one.leave();
  });

  it('of a look at everybody say what it found and repaired', async () => {
    const look = (id: string, counts: Record<string, number>) =>
      first.runs.create({
        ...aRun({ id }),
        kind: 'reconcile',
        options: { repair: 'all', onForeign: 'repair', max: null, acceptFewer: false },
        selection: {},
        state: 'done',
        startedAt: 1,
        finishedAt: 2,
        counts: { customers: 100, done: 100, in_step: 90, ...counts },
      });
    await look('run_01M8F9MZV3BTN253J8AR84SKPJ', { meta_differs: 9 });
    run(first, 'one');
    await waitFor(async () => parseLedger(await first.values.get(notificationsName)).told.looks !== null);
    await look('run_01M8F9MZV3BTN253J8AR84SKPK', {});
    await look('run_01M8F9MZV3BTN253J8AR84SKPM', { limit_differs: 3, held: 1, repaired: 2 });
    await waitFor(() => receiver.messages().length === 1);
    expect(receiver.messages()[0]?.body).toMatchObject({
      type: 'drift.found',
      data: {
        title: 'Differences at 4 identities: 2 repaired, 1 held back',
        customers: 4,
        counts: { limit_differs: 3, held: 1 },
        run: 'run_01M8F9MZV3BTN253J8AR84SKPM',
        url: 'https://planwire.example.com/dashboard/runs',
      },
    });
  });

  it('are sent by one of two processes, and by the other when that one dies without a word', async () => {
    const one = run(first, 'one', 200);
    await waitFor(async () => (await first.values.get(notificationsName)) !== null);
    run(second, 'two');
    await fail('cus_1', 'a');
    await waitFor(() => receiver.messages().length === 1);
    receiver.be('hangs');
    await fail('cus_1', null);
    await waitFor(() => receiver.received.some(({ body }) => body.type === 'problem.resolved'));
    await one.kill();
    receiver.be('takes');
    await fail('cus_1', 'b');
    await waitFor(() => receiver.messages().length === 3);
    expect(told()).toEqual(
      expect.arrayContaining(['problem.opened a', 'problem.resolved a', 'problem.opened b']),
    );
    expect(new Set(tries.filter((each) => each.includes('sent')).map((each) => each.split(' ')[0]))).toEqual(
      new Set(['one', 'two']),
    );
    await waitFor(() => tries.filter((each) => each.includes(' sent')).length === 3);
  });

  it('of one who stood still do not undo what its successor noticed', async () => {
    const still = notifier(first, 'still');
    await still.renew();
    await fail('cus_1', 'a');
    let goOn = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (goOn = resolve));
    const troubled = first.customers.troubled.bind(first.customers);
    const slow = notifier(
      {
        ...first,
        customers: { ...first.customers, troubled: async (...args) => (await stopped, troubled(...args)) },
      },
      'still',
    );
    await slow.renew();
    const noticing = slow.notice();
    await still.leave();
    const next = notifier(second, 'next');
    await next.renew();
    await next.notice();
    await fail('cus_1', null);
    goOn();
    await noticing;
    expect((await outbox()).map(({ id }) => id)).toEqual(['msg_next_1']);
    expect(await slow.deliver(new AbortController().signal)).toBe(false);
    expect(receiver.received).toEqual([]);
  });
});
