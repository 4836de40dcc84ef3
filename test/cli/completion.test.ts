import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';

/** What bash would offer behind these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await command(['completion', 'bash'], {});
  const script = `${stdout}
COMP_WORDS=(planwire "$@")
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_planwire
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const answer = execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
  return answer.trim().split('\n');
}

describe('completion', () => {
  it('offers commands, their subcommands and their options', async () => {
    expect(await offered('re')).toEqual(['replay', 'reconcile']);
    expect(await offered('reconcile', '--on')).toEqual(['--only', '--on-foreign']);
    expect(await offered('reconcile', 'ap')).toEqual(['apply']);
    expect(await offered('plans', 'diff', 'new.yaml', '--fail')).toEqual(['--fail-on']);
  });

  it('knows every command in every shell', async () => {
    const { stdout: helped } = await command(['--help'], {});
    const [commands = ''] = helped.split('\nTopics:');
    const names = [...commands.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(20);
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await command(['completion', shell], {});
      for (const name of names.filter((each) => each !== 'help')) expect(stdout).toContain(name);
    }
  });

  it('refuses another shell in one sentence', async () => {
    const ran = await command(['completion', 'tcsh'], {});
    expect(ran.stderr).toContain('Allowed choices are bash, zsh, fish.');
    expect(ran.exitCode).toBe(2);
  });
});
