import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { drawTrace } from '../support/draw-trace.ts';
import { createProcesses, startSandboxProcess, type Processes } from '../support/processes.ts';
import { tracedRun } from '../support/traced-run.ts';

/** The picture without its figures: what lies beneath what, and where it ran. */
const shapeOf = (picture: string): string =>
  picture
    .split('\n')
    .map((line) => line.replaceAll(/\s+[\d.]+ ms/g, '').trimEnd())
    .join('\n');

describe('processes with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('send one trace from the delivery to the confirmation, which docs/operations.md draws', async () => {
    const { trace, collector } = await tracedRun(1, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
    });
    const docs = await readFile('docs/operations.md', 'utf8');
    const drawn = /```text\n(delivery +server[^]*?)\n```/.exec(docs)?.[1] ?? '';
    expect(shapeOf(drawTrace(trace))).toBe(shapeOf(drawn));
    expect(collector.headers()[0]).toMatchObject({
      ':path': '/v1/traces',
      authorization: 'Bearer of-the-collector',
    });
  }, 120_000);
});

describe('a process that cannot trace', () => {
  let processes: Processes;
  afterEach(() => processes.close());

  it('says what is not installed, and works', async () => {
    const withoutSdk = `export const resolve = (name, context, next) => {
      if (/^@opentelemetry.(sdk|exporter)/.test(name))
        throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    };`;
    const hooks = `import { register } from 'node:module'; register("${dataUrl(withoutSdk)}");`;
    processes = await createProcesses({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      NODE_OPTIONS: `--import=${dataUrl(hooks)}`,
    });
    await startSandboxProcess(processes);
    const started = await processes.start('start');
    const said = started.log().find(({ msg }) => msg?.includes('nothing is traced'));
    expect(said?.msg).toContain('npm install @opentelemetry/sdk-trace');
  }, 60_000);

  it('says that spans are lost, without credentials, and ends as well as others', async () => {
    processes = await createProcesses({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of-the-collector',
    });
    const sandbox = await startSandboxProcess(processes);
    const started = await processes.start('start');
    await sandbox.configureStripe({ webhookUrl: `${started.url}/webhooks/stripe` });
    await sandbox.stripe('customers', { id: 'cus_1', metadata: { user_id: 'user_1' } });
    await sandbox.delivered();
    const { code } = await started.end();
    expect(code, started.output().slice(-3000)).toBe(0);
    expect(started.output()).toContain('spans could not be sent');
    expect(started.output()).not.toContain('of-the-collector');
  }, 60_000);
});

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
