import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Stripe } from 'stripe';
import {
  adminToken,
  createProcesses,
  startSandboxProcess,
  type PlanwireProcess,
} from '../test/support/processes.ts';
import { waitFor } from '../test/support/pipeline.ts';
import { makeRemoteCatalog } from '../test/support/remote-sandbox.ts';

/**
 * Fills the disk of an embedded store between one write and the next, under load, several times: how long until
 * deliveries are refused and taken again, whether anything acknowledged is lost, and whether SIGTERM ends the process.
 * In every third round the process is killed while the disk is full, and started again on the full disk. A disk of its
 * own is needed, so it runs as root on Linux. `npm run bench:full-disk -- [ROUNDS]`
 */
const rounds = Math.min(Number(process.argv[2] ?? 10), 50);
const diskBytes = 320 * 1_048_576;
const senders = 8;

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  console.error('This needs a small disk of its own to fill: run it as root on Linux.');
  process.exit(2);
}
const disk = await mkdtemp(join(tmpdir(), 'planwire-disk-'));
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk]);
const processes = await createProcesses({ DATA_DIR: join(disk, 'data'), ADMIN_TOKEN: adminToken });
const acknowledged = new Set<string>();
let service: PlanwireProcess | null = null;
let sent = 0;
let failed = false;
let breakdowns = 0;
const ended = new AbortController();
try {
  const sandbox = await startSandboxProcess(processes);
  await makeRemoteCatalog(sandbox);
  const customer = { id: 'cus_1', metadata: { user_id: 'user_1' }, delivery: { copies: 0 } };
  await sandbox.stripe('customers', customer);
  service = await processes.start('start');
  const load = Array.from({ length: senders }, async () => {
    while (!ended.signal.aborted) if ((await deliver()) !== 200) await delay(20);
  });
  for (let round = 1; round <= rounds; round += 1) await play(round);
  ended.abort();
  await Promise.all(load);
  breakdowns += breakdownsOf(service);
  const missing = await missingOf(service.url);
  await fill();
  await delay(1_000);
  const end = await service.end('SIGTERM');
  console.log(
    `${acknowledged.size} acknowledged, ${missing} lost; the database broke down and was opened again ${breakdowns} times; SIGTERM on a full disk: ${end.code} after ${end.ms} ms`,
  );
  if (end.code !== 0) console.error(service.output().slice(-2_000));
  failed ||= missing > 0 || end.ms > 29_000 || end.code !== 0;
} finally {
  ended.abort();
  await processes.close();
  execFileSync('umount', ['-l', disk]);
  await rm(disk, { recursive: true, force: true });
}
if (failed) {
  console.error('A bound was broken.');
  process.exitCode = 1;
}

async function play(round: number): Promise<void> {
  // Each time at another moment of what the store does.
  await delay(500 + Math.random() * 500);
  const filledIn = await fill();
  const refusedAfter = await until(503, 10_000);
  const isKilled = round % 3 === 0;
  if (isKilled) await killAndStart();
  else await delay(2_000);
  makeRoom();
  const takenAfter = await until(200, 60_000);
  if (refusedAfter > 2_000 || takenAfter === Number.POSITIVE_INFINITY) failed = true;
  console.log(
    `round ${round}: filled in ${Math.round(filledIn)} ms, 503 after ${Math.round(refusedAfter)} ms, ${isKilled ? 'killed and started, ' : ''}200 again ${Math.round(takenAfter)} ms after there was room; ${acknowledged.size} acknowledged`,
  );
}

/** Nothing may be needed of the operator: it listens, and refuses, until there is room. */
async function killAndStart(): Promise<void> {
  if (service === null) return;
  breakdowns += breakdownsOf(service);
  await service.end('SIGKILL');
  const again = (service = processes.launch('start'));
  await waitFor(() => Promise.resolve(again.url !== '' || !again.running()), 60_000, 'it to listen again');
  if (!again.running()) throw new Error(`It does not start on a full disk: ${again.output().slice(-1_000)}`);
  if ((await until(503, 10_000)) > 10_000) failed = true;
}

async function deliver(): Promise<number> {
  const id = `evt_full${(sent += 1)}`;
  const payload = JSON.stringify({
    id,
    object: 'event',
    type: 'customer.updated',
    livemode: false,
    created: Math.floor(Date.now() / 1000),
    data: { object: { id: 'cus_1', object: 'customer' } },
  });
  const secret = processes.env['STRIPE_WEBHOOK_SECRET'] ?? '';
  const answer = await fetch(`${service?.url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }) },
    body: payload,
    signal: AbortSignal.timeout(5_000),
  }).catch(() => null);
  if (answer?.status === 200) acknowledged.add(id);
  await answer?.arrayBuffer().catch(() => undefined);
  return answer?.status ?? 0;
}

async function until(status: number, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  while ((await deliver()) !== status) {
    if (performance.now() - startedAt > withinMs) return Number.POSITIVE_INFINITY;
    await delay(10);
  }
  return performance.now() - startedAt;
}

/** The disk shrinks to what is in use: full at once, whatever was free. Resolves with how long it took, ms. */
async function fill(): Promise<number> {
  for (;;) {
    const startedAt = performance.now();
    const { blocks, bfree, bsize } = await statfs(disk);
    try {
      remount((blocks - bfree) * bsize);
      return performance.now() - startedAt;
    } catch {
      // More was written meanwhile, and it cannot shrink below that.
    }
  }
}

function makeRoom(): void {
  remount(diskBytes);
}

function remount(bytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${bytes}`, disk], { stdio: 'ignore' });
}

function breakdownsOf({ output }: PlanwireProcess): number {
  return output().split('The embedded store broke down').length - 1;
}

/** How many acknowledged events the store does not know in the end. */
async function missingOf(url: string): Promise<number> {
  if (await isKnown(url, 'evt_neversent')) throw new Error('Everything is known, so nothing is proved.');
  const missing = new Set(acknowledged);
  await waitFor(async () => {
    for (const id of missing) if (await isKnown(url, id)) missing.delete(id);
    return missing.size === 0;
  }, 120_000).catch(() => undefined);
  return missing.size;
}

async function isKnown(url: string, eventId: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/find/${eventId}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const body = (await answer.json()) as { event?: unknown };
  return body.event !== undefined && body.event !== null;
}
