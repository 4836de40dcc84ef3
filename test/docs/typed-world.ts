import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStandIns, type StandIns } from '../../src/cli/demo/stand-ins.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/pipeline.ts';
import { program } from '../support/program.ts';
import { root } from './pages.ts';

const adminToken = 'a-token-for-the-documents';
/** A first start makes a database, on a machine that others keep busy. */
export const patienceMs = 120_000;
const limits = [{ name: 'requests', limit: 1000, duration: 3_600_000, autoApply: true }];

export interface Ended {
  /** null: it was still at work, as it should be, and was stopped. */
  readonly code: number | null;
  readonly output: string;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An empty folder, stand-ins with one customer who pays, and a shell that has what the documents take for granted. */
export interface TypedWorld {
  readonly folder: string;
  /** Where its Planwire listens. */
  readonly url: string;
  /** Runs a statement to its end. */
  type(statement: string): Promise<Ended>;
  /** Starts one that goes on: resolves once `ready` says so of what it has printed, and it is ended by `close`. */
  begin(statement: string, ready: (output: string) => boolean | Promise<boolean>): Promise<Ended>;
  /** Whether the Planwire of this world has made the identity what the customer pays for. */
  isAtWork(): Promise<boolean>;
  /** Has it look at everybody, to the end; answers the run. */
  look(): Promise<string>;
  /** What its admin API answers. */
  ask(method: string, path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

export interface TypedWorldOptions {
  /** What the environment has beside the stand-ins' addresses and keys. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Who is there beside the one customer. */
  readonly fill?: (standIns: StandIns) => void;
}

export async function startTypedWorld(options: TypedWorldOptions = {}): Promise<TypedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-typed-'));
  const port = await freePort();
  const standIns = await startStandIns({
    stripe: { webhookSecret: 'whsec_sandbox', webhookUrl: `http://127.0.0.1:${port}/webhooks/stripe` },
    unkey: {},
  });
  const { stripe, unkey } = standIns;
  fill(standIns);
  options.fill?.(standIns);
  for (const [name, shift] of [
    ['npx', 'shift\n'],
    ['planwire', ''],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\n${shift}exec "${process.execPath}" "${program}" "$@"\n`);
    await chmod(join(folder, name), 0o755);
  }
  // What another plan file would do is asked of one that is there.
  await copyFile(join(root, 'plans.example.yaml'), join(folder, 'NEW'));
  // init has Stripe make an endpoint, and writes its secret: the one of the environment would go before it.
  const { STRIPE_WEBHOOK_SECRET: _, ...settings } = standIns.settings;
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    PORT: String(port),
    ADMIN_TOKEN: adminToken,
    KEY: 'sk_typed',
    // One customer: there is no budget to keep to.
    RECONCILE_RATE_PER_SECOND: '1000',
    CATCH_UP: 'off',
    ...settings,
    ...options.settings,
  };
  const running: ChildProcess[] = [];
  let hasTold = false;
  const url = `http://127.0.0.1:${port}`;
  const ask = async (method: string, path: string, body: object = {}): Promise<Answer> => {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const sent = method === 'POST' ? { body: JSON.stringify(body) } : {};
    const answer = await fetch(`${url}${path}`, { method, headers, ...sent });
    return { status: answer.status, body: await answer.text() };
  };
  const start = (statement: string): { child: ChildProcess; output: () => string } => {
    const typed = named(statement, standIns).replaceAll(/(?<=localhost:)3000\b/g, String(port));
    const child = spawn('bash', ['-c', typed], { cwd: folder, env });
    running.push(child);
    // A test process that dies before it has cleaned up must leave nothing behind.
    const endWithUs = (): boolean => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('close', () => process.off('exit', endWithUs));
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.stdin.end();
    return { child, output: () => output };
  };
  return {
    folder,
    url,
    async type(statement) {
      const { child, output } = start(statement);
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, output: output() };
    },
    async begin(statement, ready) {
      const { child, output } = start(statement);
      await waitFor(async () => child.exitCode !== null || (await ready(output())), patienceMs, statement);
      return { code: child.exitCode, output: output() };
    },
    async isAtWork() {
      const isUp = await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (!isUp) return false;
      if (unkey.identity('user_123')?.meta['plan'] === 'team') return true;
      // Whatever had happened before Planwire was there is no event of its own.
      if (!hasTold) stripe.subscriptions.update('sub_1Q1', { items: [{ price: 'price_team' }] });
      hasTold = true;
      return false;
    },
    async look() {
      const { runId } = JSON.parse((await ask('POST', '/v1/reconciliations')).body) as { runId: string };
      const isDone = async (): Promise<boolean> =>
        (await ask('GET', `/v1/runs/${runId}`)).body.includes('"state":"done"');
      await waitFor(isDone, patienceMs, 'a look');
      return runId;
    },
    ask,
    async close() {
      // The one that others ask was begun first.
      for (const child of running.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'close');
        child.kill('SIGTERM');
        await ended;
      }
      await standIns.close();
      await rm(folder, { recursive: true });
    },
  };
}

function fill({ stripe, unkey }: StandIns): void {
  const quiet = { copies: 0 };
  stripe.products.create({ id: 'prod_team', name: 'Team' }, quiet);
  stripe.prices.create(
    { id: 'price_team', product: 'prod_team', lookup_key: 'team_monthly', unit_amount: 2000 },
    quiet,
  );
  stripe.customers.create({ id: 'cus_Q1', metadata: { user_id: 'user_123' } }, quiet);
  stripe.subscriptions.create(
    { id: 'sub_1Q1', customer: 'cus_Q1', status: 'active', items: [{ price: 'price_team' }] },
    quiet,
  );
  unkey.putIdentity({ externalId: 'user_123', ratelimits: limits });
  unkey.putKey({ key: 'sk_typed', keyId: 'key_typed', apiId: 'api_1', externalId: 'user_123' });
}

/** The ids that the documents begin and leave to the reader, as they are here. */
function named(statement: string, { unkey }: StandIns): string {
  const identity = unkey.identity('user_123')?.id ?? 'id_unknown';
  return (
    statement
      .replaceAll('cus_Q…', 'cus_Q1')
      .replaceAll('sub_1Q…', 'sub_1Q1')
      .replaceAll('id_8Fk…', identity)
      .replaceAll('…', 'unknown')
      // Nobody is there to be asked.
      .replace(/(?<=planwire init)$/, ' --yes --create-endpoint http://localhost:3000')
  );
}
