import { describe, expect, it } from 'vitest';
import { ask, createTurn, leave } from '../../src/bulk/turn.ts';

const free = { holder: null, until: 0, waiting: [] };

describe('the turn of bulk work', () => {
  it('is one process at a time, in the order in which they asked', () => {
    let line = ask(free, 'a', 0);
    for (const who of ['b', 'c', 'b']) line = ask(line, who, 100);
    expect(line.holder).toBe('a');
    line = leave(line, 'a');
    // Who had it does not get it again before those who wait.
    for (const who of ['a', 'c']) line = ask(line, who, 200);
    expect(line.holder).toBeNull();
    for (const who of ['b', 'c', 'a']) {
      line = ask(line, who, 300);
      expect(line.holder).toBe(who);
      line = leave(line, who);
    }
  });

  it('of a process that died ends by itself, and so does its place in line', () => {
    let line = ask(free, 'dead', 0);
    line = ask(line, 'also dead', 100);
    line = ask(line, 'b', 100);
    expect(ask(line, 'b', 9_000).holder).toBe('dead');
    expect(ask(line, 'b', 10_000).holder).toBe('b');
  });

  it('that ended does not come back when its process wakes up', () => {
    const line = ask(ask(free, 'asleep', 0), 'b', 20_000);
    expect(line.holder).toBe('b');
    expect(leave(line, 'asleep').holder).toBe('b');
  });

  it('is never had by two of ten processes, and each has it', async () => {
    let text: string | null = null;
    let now = 0;
    const shared = {
      async change(_name: string, transition: (held: string | null) => string) {
        await Promise.resolve();
        text = transition(text);
        return text;
      },
    };
    const rest = async (ms: number): Promise<void> => {
      now += ms / 10;
      await Promise.resolve();
    };
    const { signal } = new AbortController();
    let working = 0;
    const served = new Map<string, number>();
    const process = async (who: string): Promise<void> => {
      const turn = createTurn({ shared, who, now: () => now, rest });
      while ((served.get(who) ?? 0) < 5) {
        if (!(await turn.take(signal))) continue;
        working += 1;
        expect(working).toBe(1);
        for (let n = 0; n < 3; n += 1) await Promise.resolve();
        working -= 1;
        served.set(who, (served.get(who) ?? 0) + 1);
        await turn.leave();
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, n) => process(`p${n}`)));
    expect([...served.values()]).toEqual(Array.from({ length: 10 }, () => 5));
  });
});
