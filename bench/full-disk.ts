import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Stripe } from 'stripe';
import { adminToken, createProcesses, startSandboxProcess } from '../test/support/processes.ts';
import { waitFor } from '../test/support/pipeline.ts';
import { makeRemoteCatalog } from '../test/support/remote-sandbox.ts';

/**
 * Fills the disk of an embedded store within a moment, under load, several times: how long until deliveries are refused
 * and taken again, whether anything acknowledged is lost, and whether SIGTERM ends the process. A disk of its own is
 * needed, so it runs as root on Linux. `npm run bench:full-disk -- [ROUNDS]`
 */
const rounds = Math.min(Number(process.argv[2] ?? 10), 20);
const diskMegabytes = 320;

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  console.error('This needs a small disk of its own to fill: run it as root on Linux.');
  process.exit(2);
}
const disk = await mkdtemp(join(tmpdir(), 'planwire-disk-'));
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', disk]);
const processes = await createProcesses(
  { DATA_DIR: join(disk, 'data'), ADMIN_TOKEN: adminToken },
  { built: true },
);
let failed = false;
try {
  const sandbox = await startSandboxProcess(processes);
  await makeRemoteCatalog(sandbox);
  await sandbox.stripe('customers', {
    id: 'cus_1',
    metadata: { user_id: 'user_1' },
    delivery: { copies: 0 },
  });
  const service = await processes.start('start');
  const acknowledged = new Set<string>();
  let sent = 0;
  const deliver = async (): Promise<number> => {
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
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const answer = await fetch(`${service.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'stripe-signature': signature },
      body: payload,
      signal: AbortSignal.timeout(5_000),
    }).catch(() => null);
    if (answer?.status === 200) acknowledged.add(id);
    await answer?.arrayBuffer();
    return answer?.status ?? 0;
  };
  const ended = new AbortController();
  const load = Array.from({ length: 4 }, async () => {
    while (!ended.signal.aborted) {
      if ((await deliver()) !== 200) await delay(20);
    }
  });
  const until = async (status: number, withinMs: number): Promise<number> => {
    const startedAt = performance.now();
    while ((await deliver()) !== status) {
      if (performance.now() - startedAt > withinMs) return Number.POSITIVE_INFINITY;
      await delay(10);
    }
    return performance.now() - startedAt;
  };
  for (let round = 1; round <= rounds; round += 1) {
    await delay(500);
    const filledIn = await fill(join(disk, 'filler'));
    const refusedAfter = await until(503, 10_000);
    await delay(3_000);
    await rm(join(disk, 'filler'));
    const takenAfter = await until(200, 60_000);
    if (refusedAfter > 2_000 || takenAfter === Number.POSITIVE_INFINITY) failed = true;
    console.log(
      `round ${round}: filled in ${Math.round(filledIn)} ms, 503 after ${Math.round(refusedAfter)} ms, 200 again ${Math.round(takenAfter)} ms after there was room; ${acknowledged.size} acknowledged`,
    );
  }
  ended.abort();
  await Promise.all(load);
  const missing = new Set(acknowledged);
  await waitFor(async () => {
    for (const id of [...missing].slice(0, 500)) if (await isKnown(service.url, id)) missing.delete(id);
    return missing.size === 0;
  }, 120_000).catch(() => undefined);
  await fill(join(disk, 'filler'));
  await delay(1_000);
  const end = await service.end('SIGTERM');
  console.log(
    `${acknowledged.size} acknowledged, ${missing.size} lost; SIGTERM on a full disk: ${end.code} after ${end.ms} ms`,
  );
  failed ||= missing.size > 0 || end.ms > 29_000 || typeof end.code !== 'number';
} finally {
  await processes.close();
  execFileSync('umount', ['-l', disk]);
  await rm(disk, { recursive: true, force: true });
}
if (failed) {
  console.error('A bound was broken.');
  process.exitCode = 1;
}

/** All that is left, at once. */
async function fill(path: string): Promise<number> {
  const startedAt = performance.now();
  const file = await open(path, 'w');
  const block = Buffer.alloc(4 * 1_048_576);
  try {
    for (;;) await file.write(block);
  } catch {
    return performance.now() - startedAt;
  } finally {
    await file.close();
  }
}

async function isKnown(url: string, eventId: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/find/${eventId}`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const body = (await answer.json()) as { event?: unknown; outcomes?: readonly unknown[] };
  return body.event !== undefined && body.event !== null;
}
