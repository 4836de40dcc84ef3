import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { violations, type SourceFile } from './support/import-rules.ts';

const root = resolve(import.meta.dirname, '..');

function sources(folder: string): readonly SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      return { path, imports: importsOf(path) };
    });
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(path), specifier)) : specifier,
  );
}

describe('the directions of imports', () => {
  const files = [...sources('src'), ...sources('workers')];

  it('are read from every source file', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap(({ imports }) => imports)).toContain('stripe');
  });

  it('point inwards everywhere', () => {
    expect(violations(files)).toEqual([]);
  });

  it.each([
    ['src/domain/resolve.ts', 'node:fs'],
    ['src/domain/resolve.ts', 'src/store/open.ts'],
    ['src/sync/process.ts', 'bullmq'],
    ['src/sync/process.ts', 'src/stripe/reader.ts'],
    ['src/http/app.ts', 'stripe'],
    ['src/http/app.ts', 'src/context.ts'],
    ['src/unkey/client.ts', 'src/stripe/reader.ts'],
    ['src/unkey/client.ts', 'pino'],
    ['src/sandbox/stripe.ts', 'src/stripe/verify.ts'],
    ['src/context.ts', 'express'],
    ['src/stripe/reader.ts', 'src/sync/ports.ts'],
    ['workers/syncs.ts', 'ioredis'],
  ])('would refuse %s importing %s', (path, specifier) => {
    expect(violations([{ path, imports: [specifier] }])).toHaveLength(1);
  });
});
