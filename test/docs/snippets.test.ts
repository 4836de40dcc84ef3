import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/domain/notification/ledger.ts';
import { bodyOf } from '../../src/notify/body.ts';
import { formatProblem, loadPlanFile } from '../../src/plan-file/load.ts';
import { typeErrorsOf } from '../support/type-check.ts';
import { documents, pageAt, root, type Page } from './pages.ts';

const typeScript = (page: Page) => page.snippets.filter(({ language }) => language === 'ts');

/** What the programs around the snippets have already. */
const around: Readonly<Record<string, string>> = {
  'docs/unkey-client.md': 'declare const rootKey: string;',
  'docs/notifications.md':
    'declare const rawBody: string; declare const request: { readonly headers: Record<string, string> };',
};

it('TypeScript of the documents is what the sources allow, and a mistake in it would be seen', async () => {
  const pages = documents.filter((page) => typeScript(page).length > 0);
  expect(pages.map(({ path }) => path)).toContain('docs/embedding.md');
  // The snippets of a page are one program: a later one goes on with the names of an earlier one.
  const programs = pages.map((page): [string, string] => [
    `${basename(page.path, '.md')}.ts`,
    [around[page.path] ?? '', ...typeScript(page).map(({ text }) => text), 'export {};'].join('\n'),
  ]);
  const [snippet] = typeScript(pageAt('docs/embedding.md'));
  const wrong = (snippet?.text ?? '').replace('secretKey:', 'secret:');
  const said = await typeErrorsOf({ ...Object.fromEntries(programs), 'wrong.ts': wrong });
  expect(said.filter((line) => /^\S+\.ts\(/.test(line) && !line.startsWith('wrong.ts('))).toEqual([]);
  expect(said.join('\n')).toMatch(/^wrong\.ts\(.*secret/m);
});

/** What holds the snippets of each language, on all pages or page by page. */
const heldBy: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  sh: 'test/docs/typed.test.ts',
  console: 'test/pipeline/going-live.test.ts',
  ts: 'test/docs/snippets.test.ts',
  env: 'test/docs/snippets.test.ts',
  yaml: {
    'README.md': 'test/docs/snippets.test.ts',
    'deploy/helm/planwire/README.md': 'test/deploy/chart-values.test.ts',
    'docs/deploying.md': 'test/deploy/prometheus.test.ts',
    'docs/operations.md': 'test/docs/snippets.test.ts',
    'docs/plans.md': 'test/domain/plan-file/docs.test.ts',
  },
  json: {
    'docs/mcp.md': 'test/docs/commands.test.ts',
    'docs/notifications.md': 'test/docs/snippets.test.ts',
  },
  text: {
    'README.md': 'nobody: it is a drawing',
    'docs/going-live.md': 'test/docs/shown.test.ts',
    'docs/operations.md': 'test/docs/shown.test.ts and test/pipeline/tracing-processes.test.ts',
    'docs/plans.md': 'test/domain/plan-file/docs.test.ts',
  },
};

it('every snippet has a language, and is held to what it speaks of', () => {
  const holderOf = (language: string, path: string): string | undefined => {
    const holder = Object.hasOwn(heldBy, language) ? heldBy[language] : undefined;
    return typeof holder === 'object' ? holder[path] : holder;
  };
  const snippets = documents.flatMap(({ path, snippets }) => snippets.map((each) => ({ path, ...each })));
  const unheld = snippets.filter(({ language, path }) => holderOf(language, path) === undefined);
  expect(unheld.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
  const pages = Object.entries(heldBy).flatMap(([language, holder]) =>
    typeof holder === 'object' ? Object.keys(holder).map((path) => ({ language, path })) : [],
  );
  const gone = pages.filter(
    ({ language, path }) => !snippets.some((each) => each.language === language && each.path === path),
  );
  expect(gone).toEqual([]);
});

describe('settings', () => {
  const required = {
    STRIPE_WEBHOOK_SECRET: 'whsec_x',
    STRIPE_SECRET_KEY: 'sk_test_x',
    UNKEY_ROOT_KEY: 'unkey_x',
  };
  const shown = documents.flatMap((page) => page.snippets.filter(({ language }) => language === 'env'));

  it.each(shown.map((snippet) => [snippet.place, snippet] as const))('%s can be used', (_, { text }) => {
    // A key is begun and left to the reader.
    const given = parseEnv(text.replaceAll('…', 'x')) as Readonly<Record<string, string>>;
    const parsed = parseConfig({ ...required, ...given }, { isTTY: false });
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
  });
});

describe('YAML and JSON', () => {
  const data = documents.flatMap((page) =>
    page.snippets.filter(({ language }) => ['yaml', 'json'].includes(language)),
  );

  it.each(data.map((snippet) => [snippet.place, snippet] as const))('%s can be read', (_, snippet) => {
    if (snippet.language === 'json') expect(() => JSON.parse(snippet.text) as unknown).not.toThrow();
    else expect(parseDocument(snippet.text).errors).toEqual([]);
  });

  it('the plan file in the README can be used as it is', () => {
    const [plans] = pageAt('README.md').snippets.filter(({ language }) => language === 'yaml');
    const loaded = loadPlanFile(plans?.text ?? '', 'README.md');
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  });

  it('the workflow in docs/operations.md gives the action only what it takes', async () => {
    interface Step {
      readonly uses?: string;
      readonly with?: Readonly<Record<string, unknown>>;
    }
    const [snippet] = pageAt('docs/operations.md').snippets.filter(({ language }) => language === 'yaml');
    const { jobs } = parse(snippet?.text ?? '') as { jobs: Record<string, { steps: Step[] }> };
    const steps = Object.values(jobs).flatMap(({ steps }) => steps);
    const own = steps.find(({ uses = '' }) => uses.startsWith('planwire/planwire@'));
    const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as { inputs: object };
    expect(Object.keys(action.inputs)).toEqual(
      expect.arrayContaining(Object.keys(own?.with ?? { none: '' })),
    );
  });

  it('the message in docs/notifications.md is what is posted', () => {
    const [snippet] = pageAt('docs/notifications.md').snippets.filter(({ language }) => language === 'json');
    const { type, timestamp, data } = JSON.parse(snippet?.text ?? '') as Pick<Message, 'type'> & {
      readonly timestamp: string;
      readonly data: Message['data'] & { readonly url: string };
    };
    const { url, ...rest } = data;
    const [host = '', path = ''] = url.split('/dashboard');
    const sent = { id: 'msg_1', subject: 'a problem', attempts: 0, notBefore: 0 };
    const message: Message = { ...sent, type, path, at: Date.parse(timestamp), data: rest };
    expect(bodyOf(message, 'standard', host)).toBe(JSON.stringify(JSON.parse(snippet?.text ?? '')));
  });
});
