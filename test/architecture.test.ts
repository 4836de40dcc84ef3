import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circles, violations, type SourceFile } from './support/import-rules.ts';

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

/** The folder right under `src`, `workers`, or a file that lies in the root by itself. */
function room(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'src' ? `${first}/${second}` : first;
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

  it('make no circle of files, types and lazy imports included', () => {
    expect(circles(files)).toEqual([]);
  });

  it('make no circle of rooms', () => {
    expect(circles(files, room)).toEqual([]);
  });

  it('would see a circle of three', () => {
    const circle = [
      { path: 'src/a/one.ts', imports: ['src/b/two.ts'] },
      { path: 'src/b/two.ts', imports: ['src/c/three.ts'] },
      { path: 'src/c/three.ts', imports: ['src/a/other.ts'] },
    ];
    expect(circles(circle)).toEqual([]);
    expect(circles(circle, room)).toEqual(['src/a > src/b > src/c']);
  });

  it.each([
    ['src/domain/resolve/resolve.ts', 'node:fs'],
    ['src/domain/resolve/resolve.ts', 'src/store/open.ts'],
    ['src/sync/sync.ts', 'bullmq'],
    ['src/sync/sync.ts', 'src/stripe/reader.ts'],
    ['src/http/app.ts', 'stripe'],
    ['src/http/app.ts', 'src/app/context.ts'],
    ['src/unkey/client.ts', 'src/stripe/reader.ts'],
    ['src/unkey/client.ts', 'pino'],
    ['src/sandbox/stripe.ts', 'src/stripe/verify.ts'],
    ['src/app/context.ts', 'express'],
    ['src/observe/tracing.ts', '@opentelemetry/sdk-trace'],
    ['src/stripe/reader.ts', 'src/sync/ports.ts'],
    ['workers/syncs.ts', 'ioredis'],
  ])('would refuse %s importing %s', (path, specifier) => {
    expect(violations([{ path, imports: [specifier] }])).toHaveLength(1);
  });
});
