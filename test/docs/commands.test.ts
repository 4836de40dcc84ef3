import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingNames } from '../../src/config.ts';
import { argumentsOf, misuseOf } from './command-line.ts';
import { documents, pageAt, root, type Page } from './pages.ts';
import { mentionsOf } from './mentions.ts';
import { commandsOf, parse } from './shell.ts';

/** What documents name beside Planwire's settings, and the file that reads it. */
const readElsewhere: Readonly<Record<string, string>> = {
  UNKEY_CONFIG: 'src/cli/commands/api-settings.ts',
  UNKEY_OUTPUT: 'src/cli/commands/api-settings.ts',
  UNKEY_DEBUG: 'node_modules/@unkey/api/src/lib/env.ts',
  NODE_IMAGE: 'Dockerfile',
  VALKEY_IMAGE: 'compose.yaml',
  TEST_SEED: 'test/support/property.ts',
  HISTORIES: 'test/sync/histories.test.ts',
  OTEL_RESOURCE_ATTRIBUTES: 'node_modules/@opentelemetry/resources/build/src/detectors/EnvDetector.js',
};
const isRead = (name: string): boolean => settingNames.includes(name) || Object.hasOwn(readElsewhere, name);

describe.each(documents.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  it('shows and mentions only commands, options and values that there are', () => {
    const shown = commandsOf(page).flatMap((command) => {
      const args = argumentsOf(command);
      const misuse = args === null ? null : misuseOf(args, true);
      return misuse === null ? [] : [`${command.place}: ${misuse}`];
    });
    const mentioned = mentionsOf(page).commands.flatMap((args) => misuseOf(args, false) ?? []);
    expect([...shown, ...mentioned]).toEqual([]);
  });

  it('names only settings that something reads', () => {
    expect(namesIn(page).filter((name) => !isRead(name))).toEqual([]);
  });
});

/** Assigned in a command, or in the prose a word like `STORE_PREFIX`. */
function namesIn(page: Page): readonly string[] {
  const assigned = commandsOf(page).flatMap((command) => command.assigned);
  const mentioned = page.spans.flatMap(
    (span) => /^([A-Z][A-Z\d]*(?:_[A-Z\d]+)+)(?:=|$)/.exec(span)?.[1] ?? [],
  );
  const inFiles = page.snippets
    .filter(({ language }) => language === 'env')
    .flatMap(({ text }) => [...text.matchAll(/^#?([A-Z_\d]+)=/gm)].map(([, name = '']) => name));
  return [...assigned, ...mentioned, ...inFiles];
}

it.each(Object.entries(readElsewhere))('%s is read by %s', (name, file) => {
  expect(readFileSync(join(root, file), 'utf8')).toContain(name);
});

it('finds the commands of the documents at all', () => {
  const shown = documents.flatMap(commandsOf).filter((command) => argumentsOf(command) !== null);
  expect(shown.length).toBeGreaterThan(30);
  expect(documents.flatMap((page) => mentionsOf(page).commands).length).toBeGreaterThan(80);
  expect(documents.flatMap(namesIn).length).toBeGreaterThan(40);
});

it('the settings for an assistant in docs/mcp.md start a command that there is', () => {
  const [settings] = pageAt('docs/mcp.md').snippets.filter(({ language }) => language === 'json');
  const { mcpServers } = JSON.parse(settings?.text ?? '') as {
    mcpServers: Record<string, { command: string; args: string[]; env: Record<string, string> }>;
  };
  for (const { command, args, env } of Object.values(mcpServers)) {
    expect(misuseOf(argumentsOf({ words: [command, ...args] }) ?? ['nothing'], true)).toBeNull();
    expect(Object.keys(env).filter((name) => !isRead(name))).toEqual([]);
  }
});

describe('what is looked for would be found:', () => {
  const misuse = (line: string): string | null => {
    const [words = []] = parse(line);
    return misuseOf(argumentsOf({ words }) ?? [], true);
  };

  it.each([
    ['planwire find evt_1', 'planwire has no command find'],
    ['npx planwire runs --kin reconcile', 'planwire runs has no --kin'],
    ['planwire reconcile --only lower', 'planwire reconcile: --only does not take lower'],
    ['planwire explain', 'planwire explain needs more than that'],
    ['planwire explain cus_1 cus_2', 'planwire explain takes no cus_2'],
    ['planwire api identities update', 'planwire api identities has no command update'],
    ['planwire api identities get-identity', 'planwire api identities get-identity needs --identity'],
    ['npm run demo -- --onc', 'planwire demo has no --onc'],
    ['docker run -v a:/data planwire workers', 'planwire has no command workers'],
  ])('%s', (line, expected) => expect(misuse(line)).toBe(expected));

  it('commands between others, behind assignments, in quotes and over lines', () => {
    const text = `A=1 planwire check --plans 'a b' | tee "x # y" && planwire start > log & # planwire none\nuntil npx planwire \\\n  explain c; do sleep 1; done`;
    expect(parse(text)).toEqual([
      ['A=1', 'planwire', 'check', '--plans', 'a b'],
      ['tee', 'x # y'],
      ['planwire', 'start'],
      ['until', 'npx', 'planwire', 'explain', 'c'],
      ['do', 'sleep', '1'],
      ['done'],
    ]);
  });
});
