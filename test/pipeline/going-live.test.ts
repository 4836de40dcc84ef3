import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { program } from '../support/program.ts';

const root = resolve(import.meta.dirname, '../..');
const page = join(root, 'docs/going-live.md');

interface Step {
  readonly command: string;
  readonly output: string;
}

const blocks = /```console\n(.*?)```/gs;

function stepsOf(text: string): readonly Step[] {
  return [...text.matchAll(blocks)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...output] = step.split('\n');
        return { command, output: output.join('\n').trim() };
      }),
  );
}

let folder: string;
let work: string;
let ports: Readonly<Record<string, string>>;
const running: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-going-live-'));
  work = join(folder, 'work');
  await mkdir(work);
  ports = {
    12111: String(await freePort()),
    12112: String(await freePort()),
    3000: String(await freePort()),
  };
  const npx = join(folder, 'npx');
  await writeFile(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${program}" "$@"\n`);
  await chmod(npx, 0o755);
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true });
});

/** The page has the ports that people use; here each is a free one. */
const here = (text: string): string =>
  text.replaceAll(/(?<=localhost:)(12111|12112|3000)\b/g, (port) => ports[port] ?? port);
const there = (text: string): string =>
  Object.entries(ports).reduce(
    (so, [port, free]) => so.replaceAll(`localhost:${free}`, `localhost:${port}`),
    text,
  );
/** What is another one each time. */
const steady = (text: string): string =>
  text
    .replaceAll(/\b(we|out|req|run|id|prc|si)_\w{6,}/g, '$1_…')
    .replaceAll(/\b\d+ (Stripe|Unkey) reads?/g, 'some $1 reads')
    .replaceAll(/\b\d+ m?s\b/g, 'some time')
    .replaceAll(/in use by process \d+/g, 'in use by process …');

function shell(command: string, exported: readonly string[]) {
  const settings = { PORT: ports['3000'], STRIPE_PORT: ports['12111'], UNKEY_PORT: ports['12112'] };
  const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, PORT: settings.PORT };
  const script = [...exported, here(command)].join('\n');
  if (!command.endsWith('&')) {
    const { stdout, stderr, status } = spawnSync('bash', ['-c', script], {
      cwd: work,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`);
    return there(`${stdout}${stderr}`).trim();
  }
  const flags = command.includes('sandbox')
    ? ` --stripe-port ${settings.STRIPE_PORT} --unkey-port ${settings.UNKEY_PORT} --webhook-url http://localhost:${settings.PORT}/webhooks/stripe`
    : '';
  const foreground = script.replace(/ > (\S+) &$/, `${flags} > $1`).replace(/^npx/m, 'exec npx');
  running.push(spawn('bash', ['-c', foreground], { cwd: work, env, stdio: 'ignore' }));
  return '';
}

it('is what docs/going-live.md shows, typed in an empty folder', { timeout: 120_000 }, async () => {
  const text = await readFile(page, 'utf8');
  const exported: string[] = [];
  const typed = stepsOf(text).map(({ command, output }) => {
    const found = shell(command, exported);
    if (command.startsWith('export ')) exported.push(here(command));
    return { command, expected: output, found };
  });
  expect(typed.length).toBeGreaterThan(10);
  if (process.env['UPDATE_DOCS'] === 'true') await writeFile(page, withOutputs(text, typed));
  else
    for (const { command, expected, found } of typed)
      expect([command, steady(found)]).toEqual([command, steady(expected)]);
});

function withOutputs(
  text: string,
  typed: readonly { readonly command: string; readonly found: string }[],
): string {
  const left = [...typed];
  return text.replace(blocks, (block) => {
    const own = left.splice(0, stepsOf(block).length);
    return `\`\`\`console\n${own.map(({ command, found }) => `$ ${command}\n${found === '' ? '' : `${found}\n`}`).join('')}\`\`\``;
  });
}
