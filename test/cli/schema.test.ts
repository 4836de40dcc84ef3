import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { register } from '../../src/cli/commands/schema.ts';
import { planFileJsonSchema } from '../../src/domain/plan-file/parse.ts';

async function schema(name: string) {
  let stdout = '';
  let code: number | null = null;
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      stdout += chunk.toString();
      done();
    },
  });
  const program = new Command().exitOverride();
  register(program, { stdout: out, stderr: out, env: {}, setExitCode: (set) => (code = set) });
  await program.parseAsync(['schema', name], { from: 'user' });
  return { schema: JSON.parse(stdout) as Record<string, unknown>, code };
}

describe('planwire schema', () => {
  it('plans prints the JSON Schema of the plan file, without any setting', async () => {
    expect(await schema('plans')).toEqual({ schema: planFileJsonSchema(), code: 0 });
  });

  it("update-identity prints the JSON Schema of Unkey's request", async () => {
    const printed = await schema('update-identity');
    expect(printed.code).toBe(0);
    expect(printed.schema).toMatchObject({
      type: 'object',
      required: ['identity'],
      additionalProperties: false,
    });
  });
});

it('is in the package as a file, which the example names for editors', async () => {
  const root = new URL('../../', import.meta.url);
  const file = JSON.parse(await readFile(new URL('plans.schema.json', root), 'utf8')) as unknown;
  expect(file, 'npx tsx src/main.ts schema plans > plans.schema.json').toEqual(planFileJsonSchema());
  const [first] = (await readFile(new URL('plans.example.yaml', root), 'utf8')).split('\n');
  expect(first).toBe('# yaml-language-server: $schema=plans.schema.json');
});
