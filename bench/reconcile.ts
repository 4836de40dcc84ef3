import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sandboxStripeKey } from '../src/sandbox/stripe.ts';
import { sandboxRootKey } from '../src/sandbox/unkey.ts';
import { makeFleet, type Planted } from '../test/support/fleet.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';

/**
 * A look at everybody, as somebody on an empty machine has it: `planwire reconcile` against stand-ins that answer a page of
 * Stripe in 500 ms and one of Unkey in 150 ms. `npm run bench:reconcile -- 10000`: customers; 137 of them differ. With
 * `--repair` it is repaired, and looked at once more. With `--plans-diff` nothing differs, and the same customers are
 * decided under another plan file: `planwire plans diff`, its sums compared with a count of our own.
 */
const [given = '10000', ...flags] = process.argv.slice(2);
const customers = Number(given);
const isPlansDiff = flags.includes('--plans-diff');
const differing: Planted = {
  limit_differs: 40,
  meta_differs: 30,
  limit_missing: 20,
  identity_missing: 15,
  identity_without_customer: 10,
  no_external_id: 10,
  unmapped: 10,
  claimed_twice: 2,
};

const planted: Planted = isPlansDiff ? {} : differing;

const [stripePort, unkeyPort] = [28_111, 28_112];
const stripeUrl = `http://127.0.0.1:${stripePort}`;
const unkeyUrl = `http://127.0.0.1:${unkeyPort}`;
const folder = await mkdtemp(join(tmpdir(), 'planwire-reconcile-'));
await writeFile(join(folder, 'plans.yaml'), plansText);
const main = resolve('dist/src/main.js');

const ports = ['--stripe-port', `${stripePort}`, '--unkey-port', `${unkeyPort}`];
const sandbox = spawn(process.execPath, ['--max-old-space-size=8192', main, 'sandbox', ...ports], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  await new Promise((done) => sandbox.stdout.once('data', done));
  const began = performance.now();
  await fill();
  console.log(`${customers} customers were made in ${Math.round((performance.now() - began) / 1000)} s.`);
  await post(`${stripeUrl}/_stripe/settings`, { readLatencyMs: 500 });
  await post(`${unkeyUrl}/_unkey/settings`, { latencyMs: 150 });
  if (isPlansDiff) await plansDiff();
  else {
    const first = await planwire(['reconcile', '--json', '--out', join(folder, 'report.jsonl')]);
    compare(first.lines);
  }
  if (flags.includes('--repair')) {
    await planwire(['reconcile', '--json', '--repair']);
    const again = await planwire(['reconcile', '--json']);
    console.log('after the repair', JSON.stringify(summaryIn(again.lines)));
  }
} finally {
  sandbox.kill();
}

/** Team is lowered, and every fourth customer has scale (support/fleet.ts). */
async function plansDiff(): Promise<void> {
  const next = plansText.replace('limit: 1000, perUnit: 500', 'limit: 900, perUnit: 500');
  await writeFile(join(folder, 'next.yaml'), next);
  const { lines } = await planwire(['plans', 'diff', 'next.yaml', '--json']);
  const found = lines[0] ?? {};
  const lowered = customers - Math.floor(customers / 4);
  for (const [name, should] of Object.entries({ customers, lowered, same: customers - lowered })) {
    if (found[name] !== should) process.exitCode = 1;
    console.log(`${name}: ${String(found[name])} found, ${should} counted`);
  }
}

async function fill(): Promise<void> {
  const made: (readonly [string, object])[] = [];
  makeCatalog({
    products: { create: (input) => made.push(['products', input]) },
    prices: { create: (input) => made.push(['prices', input]) },
  });
  made.push(['prices', { id: 'price_unknown', product: 'prod_boost' }]);
  const delivery = { copies: 0 };
  for (const [kind, input] of made) await post(`${stripeUrl}/_stripe/${kind}`, { ...input, delivery });
  await makeFleet(
    {
      customers: (inputs) => post(`${stripeUrl}/_stripe/customers`, inputs),
      subscriptions: (inputs) => post(`${stripeUrl}/_stripe/subscriptions`, inputs),
      identities: (inputs) => post(`${unkeyUrl}/_unkey/identities`, inputs),
    },
    { customers, planted },
  );
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}

/** The command in a process of its own; its memory is what the system says of it at the end. */
async function planwire(args: readonly string[]) {
  const began = performance.now();
  const child = spawn('/usr/bin/env', ['bash', '-c', 'exec "$0" "$@"', process.execPath, main, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
      STRIPE_SECRET_KEY: sandboxStripeKey,
      STRIPE_API_BASE_URL: stripeUrl,
      UNKEY_ROOT_KEY: sandboxRootKey,
      UNKEY_API_BASE_URL: unkeyUrl,
      RECONCILE_RATE_PER_SECOND: '12',
      DOWNGRADE_GUARD: '1000/1h',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let mostRss = 0;
  const watch = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, 'utf8')
      .then((status) => (mostRss = Math.max(mostRss, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))))
      .catch(() => undefined);
  }, 250);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const code = await new Promise((done) => child.once('close', done));
  clearInterval(watch);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  // One object may be laid out over lines.
  const texts = args[0] === 'reconcile' ? text.trim().split('\n') : [text];
  const lines = texts.map((each) => JSON.parse(each) as Record<string, unknown>);
  console.log(
    `planwire ${args.join(' ')}: exit ${String(code)}, ${seconds} s in all, ${Math.round(mostRss / 1024)} MB`,
  );
  if (args[0] === 'reconcile') console.log(JSON.stringify(summaryIn(lines)));
  return { lines };
}

function summaryIn(lines: readonly Record<string, unknown>[]): unknown {
  return lines.at(-1)?.['summary'];
}

/** Every planted difference is there, and nothing else. */
function compare(lines: readonly Record<string, unknown>[]): void {
  const found: Record<string, Set<unknown>> = {};
  for (const line of lines) {
    if (typeof line['class'] !== 'string') continue;
    (found[line['class']] ??= new Set()).add(line['customerId'] ?? line['externalId']);
  }
  // Of two customers who pay for one identity both are named.
  const wanted = { ...planted, claimed_twice: 2 * (planted.claimed_twice ?? 0) };
  const classes = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  for (const name of classes) {
    const [is, should] = [found[name]?.size ?? 0, wanted[name as keyof Planted] ?? 0];
    if (is !== should) process.exitCode = 1;
    console.log(`${name}: ${is} found, ${should} planted${is === should ? '' : '  <- WRONG'}`);
  }
}
