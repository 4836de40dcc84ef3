import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { CliIo } from './io.ts';
import { terminalOf } from './print/terminal.ts';

/** Questions to a person, one after the other. */
export interface Ask {
  /** null: nobody answers any more. `hidden`: what is typed is not shown. */
  question(text: string, hidden?: boolean): Promise<string | null>;
  close(): void;
}

/** null: nobody watches. */
export function askOn(io: CliIo): Ask | null {
  const { stdin, stdout } = io;
  if (stdin === undefined || !terminalOf(io).isTerminal) return null;
  let hides = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hides) stdout.write(chunk);
      done();
    },
  });
  const typed = 'isTTY' in stdin && stdin.isTTY === true;
  const lines = createInterface({ input: stdin, output: echo, terminal: typed });
  // Lines that come before they are asked for are kept.
  const next = lines[Symbol.asyncIterator]();
  return {
    async question(text, hidden = false) {
      stdout.write(text);
      hides = hidden;
      const { value, done } = (await next.next()) as { value: string | undefined; done?: boolean };
      hides = false;
      if (hidden || !typed) stdout.write('\n');
      return done === true || value === undefined ? null : value.trim();
    },
    close: () => lines.close(),
  };
}
