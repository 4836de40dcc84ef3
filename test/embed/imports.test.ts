import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Every package that is loaded as soon as this file is: types and `import()` are not. */
async function packagesLoadedBy(
  file: string,
  seen = new Set<string>(),
  found = new Set<string>(),
): Promise<Set<string>> {
  if (seen.has(file)) return found;
  seen.add(file);
  const text = await readFile(file, 'utf8');
  const imports = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*\sfrom\s+)?'([^']+)';/gm);
  for (const [statement, from = ''] of imports) {
    if (/^(import|export)\s*\{(\s*type\s[^,}]+,?)+\s*\}/.test(statement)) continue;
    if (from.startsWith('.')) await packagesLoadedBy(join(dirname(file), from), seen, found);
    else if (!from.startsWith('node:')) found.add(from);
  }
  return found;
}

test('to import planwire loads what reads its options, and nothing that it is made of', async () => {
  expect([...(await packagesLoadedBy('src/index.ts'))].toSorted()).toEqual(['ms', 'zod']);
});

test('Planwire inside another program loads no server: it opens no port', async () => {
  const packages = [...(await packagesLoadedBy('src/embed/running.ts'))];
  expect(packages).toContain('bullmq');
  for (const name of ['express', 'helmet', 'pino-http']) expect(packages).not.toContain(name);
});

test('a command that works on the store itself loads no server and no workers before it has to work', async () => {
  const packages = [...(await packagesLoadedBy('src/cli/client/in-process.ts'))];
  expect(packages).toContain('bullmq');
  for (const name of ['express', 'helmet', 'pino-http']) expect(packages).not.toContain(name);
});

test('a command that asks a running Planwire loads no store, and nothing of Stripe', async () => {
  const packages = [...(await packagesLoadedBy('src/cli/client/connect.ts'))];
  expect(packages).toContain('zod');
  for (const name of ['bullmq', 'ioredis', 'pg', 'stripe', 'express']) expect(packages).not.toContain(name);
});

test.each(['src/cli/commands/serve.ts', 'src/embed/running.ts'])(
  '%s loads nothing of OpenTelemetry before somebody wants traces',
  async (file) => {
    const packages = [...(await packagesLoadedBy(file))];
    expect(packages).toContain('bullmq');
    expect(packages.filter((name) => name.startsWith('@opentelemetry/'))).toEqual([]);
  },
);
