import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { topics } from '../../src/cli/help/topics.ts';
import { webhookResults } from '../../src/observe/telemetry.ts';
import { command } from '../support/command.ts';

/** Every code that an outcome can have of our own making. */
function ownCodes(): readonly string[] {
  const files = ['src/domain', 'src/sync', 'src/intake'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  );
  const texts = files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
  return [
    ...new Set(
      texts.flatMap((text) => [...text.matchAll(/\bcode: '([a-z_]+)'/g)].map(([, code = '']) => code)),
    ),
  ];
}

test('every error code, of outcomes and of the webhook, has a section, which help prints', async () => {
  const answered = webhookResults.filter((result) => !['queued', 'duplicate', 'ignored'].includes(result));
  const codes = [...ownCodes(), ...answered, 'stripe_malformed', 'unkey_timeout'];
  expect(codes).toContain('unmapped_item');
  for (const code of codes) {
    const { stdout, exitCode } = await command(['help', code], {});
    expect(stdout.split('\n')[0], code).toBe(`### \`${code}\``);
    expect(stdout.split('\n').length, code).toBeGreaterThan(2);
    expect(exitCode).toBeNull();
  }
});

test('topics, and commands of any depth', async () => {
  for (const topic of Object.keys(topics)) {
    expect((await command(['help', topic], {})).stdout, topic).toMatch(/^#{1,2} /);
  }
  expect((await command(['help', 'stores'], {})).stdout).toContain('appendfsync');
  expect((await command(['help', 'stores'], {})).stdout).not.toContain('## Connections');
  expect((await command(['help', 'reconcile', 'apply'], {})).stdout).toMatch(
    /^Usage: planwire reconcile apply /,
  );
  expect((await command(['help'], {})).stdout).toContain('planwire help unmapped_item');
});

test('a word that is none of these gets one sentence', async () => {
  const { stderr, exitCode } = await command(['help', 'stroes'], {});
  expect(stderr).toBe(
    'There is no command, topic or error code stroes; is it stores? planwire help lists them.\n',
  );
  expect(exitCode).toBe(2);
});
