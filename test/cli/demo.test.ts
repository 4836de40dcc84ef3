import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runDemo } from '../../src/cli/demo/run-demo.ts';
import { story, type Turn } from '../../src/sandbox/story.ts';
import { command } from '../support/command.ts';

describe('planwire demo --once', () => {
  it('tells every step of the story with event, outcome, request id and limits, and exits 0', async () => {
    const ran = await command(['demo', '--once'], {}, { terminal: true });
    const { stderr, exitCode } = ran;
    const stdout = stripVTControlCharacters(ran.stdout);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    for (const { title } of story) expect(stdout).toContain(title);
    expect(stdout.match(/event .* evt_\w+/g)).toHaveLength(story.length);
    expect(stdout.match(/outcome +(applied|unchanged) .*req_\w+/g)).toHaveLength(story.length - 1);
    expect(stdout).toMatch(/requests 100\/1h → 1,000\/1h/);
    expect(stdout).toContain(`All ${story.length} steps held`);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('exits 1 and says what is and what should be where a step comes out otherwise', async () => {
    const [first] = story;
    if (first === undefined) throw new Error('The story has no turns.');
    const wrong: Turn = { ...first, meta: { plan: 'enterprise' } };
    let [exitCode, said]: [number | null, string] = [null, ''];
    const stdout = { write: (text: string) => (said += text) };
    const io = { stdout, stderr: stdout, env: {}, setExitCode: (code: number) => void (exitCode = code) };
    await runDemo(io as never, { once: true, port: 0, turns: [wrong] });
    expect(said).toContain('✗ the metadata should be {"plan":"enterprise","theme":"dark"} and is {');
    expect(said).toContain('1 of 1 steps did not hold.');
    expect(exitCode).toBe(1);
  });

  it('leaves nothing running where a step fails for reasons of its own', async () => {
    const [first] = story;
    if (first === undefined) throw new Error('The story has no turns.');
    const broken: Turn = { ...first, act: () => Promise.reject(new Error('the line was cut')) };
    const listening = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    // Servers of another file's tests may still be closing in this process.
    const before = listening();
    const io = {
      stdout: { write: () => true },
      stderr: { write: () => true },
      env: {},
      setExitCode: () => {},
    };
    const playing = runDemo(io as never, { once: true, port: 0, turns: [broken] });
    await expect(playing).rejects.toThrow('the line was cut');
    expect(listening()).toBeLessThanOrEqual(before);
  });
});
