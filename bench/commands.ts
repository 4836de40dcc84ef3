import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startPipeline, waitFor } from '../test/support/pipeline.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';

/**
 * The commands that one applied event costs Redis, from the delivery to the settled record: what the clients send, not
 * what scripts run inside. `npm run bench:commands -- [EVENTS] [--list]`
 */
const events = Math.min(Number(process.argv[2] ?? 50), 500);
const list = process.argv.includes('--list');

/** What goes on whether or not anything happens: waits for jobs, stalled ones, the sweep, presence, the lease. */
const ofTheClock = /^(info|ping|client|bzpopmin|zrangebyscore|select|config|monitor|hello)/;

const pipeline = await startPipeline({
  store: 'redis',
  plans: plansText,
  // Confirmations and the nightly run have commands of their own.
  env: { CONFIRM_AFTER_SECONDS: '0', RECONCILE_AT: 'off', CATCH_UP: 'off' },
});
const monitor = spawn('redis-cli', ['-u', pipeline.service.context.config.store.redisUrl ?? '', 'monitor']);
let sent: string[] = [];
createInterface(monitor.stdout).on('line', (line) => {
  const [, source = '', rest = ''] = /^[\d.]+ \[\d+ ([^\]]+)\] (.*)$/.exec(line) ?? [];
  // Quoted as JSON is, but for bytes, which no name of a command or key has.
  const args = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg = '']) => arg);
  if (source !== 'lua' && args.length > 0) sent.push(told(args));
});
try {
  const { stripe, unkey } = pipeline;
  makeCatalog(stripe);
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  const item = { id: 'si_1', price: 'price_team' };
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', status: 'active', items: [item] });
  await pipeline.settled();
  const alone: string[][] = [];
  for (let n = 0; n < events; n++) {
    const [done, quantity] = [pipeline.outcomes.length, n + 2];
    sent = [];
    stripe.subscriptions.update('sub_1', { items: [{ ...item, quantity }] });
    await waitFor(
      () => pipeline.outcomes.length > done && unkey.identity('user_1')?.meta['seats'] === quantity,
    );
    alone.push(sent.filter((command) => !ofTheClock.test(command)));
    if (list && n === events - 1) console.log(sent.join('\n'));
  }
  const sorted = alone.map(({ length }) => length).toSorted((a, b) => a - b);
  console.log(
    `one event at a time: median ${sorted[Math.floor(events / 2)]} (${sorted[0]} to ${sorted.at(-1)})`,
  );
  tell(alone.flat(), events);

  const ids = Array.from({ length: events }, (_, n) => `many_${n}`);
  for (const id of ids) stripe.customers.create({ id: `cus_${id}`, metadata: { user_id: `user_${id}` } });
  for (const id of ids)
    stripe.subscriptions.create({
      id: `sub_${id}`,
      customer: `cus_${id}`,
      status: 'active',
      items: [{ id: `si_${id}`, price: 'price_team' }],
    });
  await pipeline.settled();
  const done = pipeline.outcomes.length;
  sent = [];
  for (const id of ids)
    stripe.subscriptions.update(`sub_${id}`, {
      items: [{ id: `si_${id}`, price: 'price_team', quantity: 7 }],
    });
  await waitFor(() => pipeline.outcomes.length >= done + events, 60_000);
  const together = sent.filter((command) => !ofTheClock.test(command));
  console.log(`${events} events at once: ${(together.length / events).toFixed(1)} each`);
  tell(together, events);
} finally {
  monitor.kill();
  await pipeline.stop();
}

function tell(commands: readonly string[], among: number): void {
  const kinds = new Map<string, number>();
  for (const command of commands) kinds.set(command, (kinds.get(command) ?? 0) + 1);
  for (const [command, count] of [...kinds].toSorted(([, a], [, b]) => b - a))
    console.log(`${(count / among).toFixed(2).padStart(6)}  ${command}`);
}

/** The command and the kind of its first key: ids are left out. */
function told([name = '', ...args]: readonly string[]): string {
  const command = name.toLowerCase();
  const key = command.startsWith('eval') ? args[2] : args[0];
  const kind = (key ?? '')
    .replace(/(customer|claim|outcome|event|of|ids):.*$/, '$1:…')
    .replace(/[0-9a-f-]{36}/, '…');
  return `${command} ${command.startsWith('eval') ? `${(args[0] ?? '').slice(0, 6)} ` : ''}${kind}`;
}
