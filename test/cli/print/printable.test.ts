import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { printable, printableJson, safeOutput } from '../../../src/cli/print/printable.ts';

const escape = '\u001b';
const hostile = [
  ['a colour', `${escape}[31m`],
  ['a cursor', `${escape}[2A${escape}[2K`],
  ['a title', `${escape}]0;owned\u0007`],
  ['C1', '\u009b2J'],
  ['a newline', '\ncus_2  applied'],
  ['a carriage return', '\rcus_2'],
  ['a mark of direction', '\u202egpj.exe'],
  ['a separator of lines', '\u2028'],
  ['a null', '\u0000'],
] as const;

describe('what a terminal gets of texts from outside', () => {
  it.each(hostile)('writes out %s', (_, text) => {
    const shown = printable(`before${text}after`);
    expect(shown).toMatch(/^[\x20-\x7e]+$/);
    expect(shown).toContain('\\u');
  });

  it('covers keys and depths, and leaves other texts alone', () => {
    expect(printable({ [`a${escape}`]: [{ b: '\u0007' }, 1, null, 'grün 漢字 👍'] })).toEqual({
      'a\\u001b': [{ b: '\\u0007' }, 1, null, 'grün 漢字 👍'],
    });
  });

  it('JSON parses to the very same value, and has nothing in it that a terminal obeys', () => {
    const value = Object.fromEntries(hostile.map(([name, text]) => [name, text]));
    for (const indent of [undefined, 2]) {
      const text = printableJson(value, indent);
      expect(JSON.parse(text)).toEqual(value);
      expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    }
  });

  it('colours and layout of ours pass the exit, nothing else that begins like them does', () => {
    const { red, bold, dim, yellow, green, cyan } = pc.createColors(true);
    const ours = [red, bold, dim, yellow, green, cyan].map((paint) => paint('x')).join('\n\t');
    expect(safeOutput(ours)).toBe(ours);
    expect(safeOutput(`${escape}[8mhidden`)).toBe('\\u001b[8mhidden');
    expect(safeOutput(`\u0000[31m`)).toBe('\\u0000[31m');
  });

  it('whatever a command writes goes through the exit, errors included', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    await runCli([`nothing${escape}[2J`], { stdout, stderr, env: {}, setExitCode: () => undefined }, '0');
    const said = String(stderr.read());
    expect(said).toContain('nothing\\u001b[2J');
    expect(said).not.toContain(escape);
  });
});
