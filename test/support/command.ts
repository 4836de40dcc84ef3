import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';
import type { Pipeline } from './pipeline.ts';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

interface Options {
  /** A terminal of 80 columns instead of a pipe. */
  readonly terminal?: boolean;
  /** What is typed. */
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

/** Runs the command line in this process, with an environment of its own. */
export async function command(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  options: Options = {},
): Promise<Ran> {
  const [stdout, stderr] = [collect(options.onOutput), collect()];
  if (options.terminal === true) Object.assign(stdout.stream, { isTTY: true, columns: 80 });
  let exitCode: number | null = null;
  const io = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { ...env },
    setExitCode: (code: number) => void (exitCode = code),
    ...(options.input === undefined ? {} : { stdin: Readable.from([options.input]) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  await runCli(argv, io, '0.0.0');
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
}

/** The settings with which a command finds what a pipeline runs on. */
export function settingsOf(
  { service }: Pick<Pipeline, 'service'>,
  plansFile: string,
): Record<string, string> {
  const { stripe, unkey, store, adminToken, sync } = service.context.config;
  return {
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecrets.join(','),
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_API_BASE_URL: stripe.apiBaseUrl,
    STRIPE_ACCOUNTS: [stripe.accounts].flat().join(','),
    UNKEY_ROOT_KEY: unkey.rootKey,
    UNKEY_API_BASE_URL: unkey.apiBaseUrl,
    DATA_DIR: store.dataDir,
    PLANS_FILE: plansFile,
    PORT: new URL(service.url ?? '').port,
    SYNC_RATE_PER_SECOND: String(sync.ratePerSecond),
    ...(store.redisUrl === null ? {} : { REDIS_URL: store.redisUrl }),
    ...(adminToken === null ? {} : { ADMIN_TOKEN: adminToken }),
  };
}

function collect(onOutput?: (text: string) => void) {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      onOutput?.(chunks.join(''));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
