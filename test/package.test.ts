import { execFile, spawn } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../src/sandbox/stripe.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandbox } from '../src/sandbox/unkey.ts';
import { installPacked, type Packed } from './support/packed.ts';
import { waitFor } from './support/pipeline.ts';
import { makeCatalog, plansText } from './support/plans.ts';
import { startRedis } from './support/redis-server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const webhookSecret = 'whsec_packed';

let packed: Packed;
beforeAll(async () => void (packed = await installPacked()), 120_000);
afterAll(() => packed.remove());

test('the package holds what is needed to run, to type-check and to read, and nothing else', () => {
  const kinds = [
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|\.env\.example|plans\.example\.yaml|plans\.schema\.json)$/,
    /^docs\/[\w-]+\.(md|svg)$/,
    /^dist\/(src|workers)\/[\w/.-]+\.(js|d\.ts)$/,
    /^dist\/database\.br$/,
    /^dist\/dashboard\/[\w/.-]+\.(html|js|css|woff2|svg|md)$/,
  ];
  const paths = packed.files.map(({ path }) => path);
  expect(paths.filter((path) => !kinds.some((kind) => kind.test(path)))).toEqual([]);
  for (const needed of [
    'dist/src/main.js',
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/src/unkey/index.js',
    'dist/dashboard/index.html',
    'dist/database.br',
    'docs/going-live.md',
  ])
    expect(paths).toContain(needed);
  expect(packed.size).toBeLessThan(3_000_000);
});

test('planwire demo works from the tarball alone', async () => {
  const { stdout } = await run('node', ['node_modules/planwire/dist/src/main.js', 'demo', '--once'], {
    cwd: packed.folder,
  });
  expect(stdout).toMatch(/all \d+ steps held/i);
}, 60_000);

test('it works with the build that Stripe’s library has for Bun', async () => {
  const main = 'node_modules/planwire/dist/src/main.js';
  const { stdout } = await run('node', ['--conditions=bun', main, 'demo', '--once'], { cwd: packed.folder });
  expect(stdout).toMatch(/all \d+ steps held/i);
}, 60_000);

describe.each([
  ['node16', { module: 'node16', moduleResolution: 'node16' }],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
])('under moduleResolution %s', (name, options) => {
  test('the examples are what the types of the package allow', async () => {
    const compilerOptions = {
      ...options,
      target: 'es2022',
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
      skipLibCheck: false,
    };
    const config = join(packed.folder, `tsconfig.${name}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, include: ['examples'] }));
    await writeFile(join(packed.folder, 'package.json'), '{ "type": "module" }');
    const checked = await run('node', [join(root, 'node_modules/typescript/bin/tsc'), '-p', config]).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(checked.stdout).toBe('');
  }, 60_000);
});

describe('from the tarball', () => {
  let stripe: StripeSandbox;
  let unkey: UnkeySandbox;
  const ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    stripe = await startStripeSandbox({ webhookSecret });
    unkey = await startUnkeySandbox();
    makeCatalog(stripe);
    await writeFile(join(packed.folder, 'package.json'), '{ "type": "module" }');
    for (const example of ['express', 'nextjs', 'worker'])
      await writeFile(join(packed.folder, 'examples', example, 'plans.yaml'), plansText);
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    await Promise.all([stripe.close(), unkey.close()]);
  });

  /** Resolves with the line that it waits for. */
  function start(example: string, file: string, says: RegExp, env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
      cwd: join(packed.folder, 'examples', example),
      env: {
        PATH: process.env['PATH'] ?? '',
        STRIPE_SECRET_KEY: sandboxStripeKey,
        STRIPE_WEBHOOK_SECRET: webhookSecret,
        STRIPE_API_BASE_URL: stripe.url,
        UNKEY_ROOT_KEY: sandboxRootKey,
        UNKEY_API_BASE_URL: unkey.url,
        PORT: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    ends.push(async () => {
      child.kill();
      await ended;
    });
    return new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => says.test(line) && resolve(line));
      child.once('exit', (code) => reject(new Error(`The example ${example} ended with ${code}.`)));
    });
  }

  function subscribe(n: number): void {
    stripe.customers.create({ id: `cus_${n}`, metadata: { user_id: `user_${n}` } });
    const items = [{ id: `si_${n}`, price: 'price_team' }];
    stripe.subscriptions.create({ id: `sub_${n}`, customer: `cus_${n}`, status: 'active', items });
  }

  const isOnTeam = (n: number) => (): boolean => unkey.identity(`user_${n}`)?.meta['plan'] === 'team';

  test('the Express app takes a delivery, and the identity follows', async () => {
    const line = await start('express', 'server.ts', /^listening on \d+/);
    const url = `http://127.0.0.1:${/\d+/.exec(line)?.[0]}`;
    stripe.configure({ webhookUrl: `${url}/webhooks/stripe` });
    subscribe(1);
    await waitFor(isOnTeam(1), 20_000);
    expect(await (await fetch(url)).text()).toBe('an app of its own');
    const why = await (await fetch(`${url}/customers/cus_1/why`)).json();
    expect(why).toContain('Plan team has the highest rank and is granted, quantity 1.');
  }, 60_000);

  test('the route handler is loaded without any settings, as next build does, and from one file', async () => {
    const cwd = join(packed.folder, 'examples/nextjs');
    const route = './app/api/stripe/route.ts';
    // Next.js looks for the files of relative imports by names of its own.
    expect(await readFile(join(cwd, route), 'utf8')).not.toMatch(/from '\./);
    const load = `console.log(Object.keys(await import('${route}')).sort().join())`;
    const flags = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', load];
    const { stdout } = await run(process.execPath, flags, { cwd, env: {} });
    expect(stdout).toBe('POST,runtime\n');
  });

  test('the configuration of Next.js keeps the package out of the bundle, and sends the plan file along with the route', async () => {
    const cwd = join(packed.folder, 'examples/nextjs');
    const { default: config } = (await import(join(cwd, 'next.config.mjs'))) as {
      default: { serverExternalPackages: string[]; outputFileTracingIncludes: Record<string, string[]> };
    };
    expect(config.serverExternalPackages).toEqual(['planwire']);
    for (const [route, files] of Object.entries(config.outputFileTracingIncludes)) {
      const handler = await readFile(join(cwd, 'app', route, 'route.ts'), 'utf8');
      for (const file of files) expect(handler).toContain(`plans: '${file}'`);
    }
    expect(Object.keys(config.outputFileTracingIncludes)).toHaveLength(1);
  });

  test('the route handler takes a delivery, and the worker has the identity follow', async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const env = { REDIS_URL: redis.url };
    await start('worker', 'worker.ts', /^working/, env);
    // What Next.js does with a route: a Request in, a Response out.
    const serve = join(packed.folder, 'examples/nextjs/serve.ts');
    await copyFile(join(root, 'test/support/serve-route-process.ts'), serve);
    const line = await start('nextjs', 'serve.ts', /^listening on \d+/, env);
    stripe.configure({ webhookUrl: `http://127.0.0.1:${/\d+/.exec(line)?.[0]}/api/stripe` });
    subscribe(2);
    await waitFor(isOnTeam(2), 20_000);
  }, 60_000);
});
