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
