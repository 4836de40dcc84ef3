import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from '../../../src/store/embedded/data-dir-lock.ts';
import { until } from '../contracts/queue-contract.ts';
import { lateMachine } from '../../support/late-machine.ts';

let dir: string;
const kills: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'planwire-lock-'));
});
afterEach(async () => {
  for (const kill of kills.splice(0)) await kill();
  await rm(dir, { recursive: true, force: true });
});

const unexpected = (error: Error): never => {
  throw error;
};
const lock = (dataDir = dir, onLost: (error: Error) => void = unexpected) =>
  lockDataDir(dataDir, { onLost, beatMs: 100 });

test("a folder that several make at the same moment, with those above it, is one of them's alone", async () => {
  for (let round = 0; round < 20; round += 1) {
    const folder = join(dir, `round${round}`, 'a', 'b');
    const taken = await Promise.allSettled(Array.from({ length: 4 }, () => lock(folder)));
    const refused = taken.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    for (const sentence of refused) expect(sentence).toContain('is in use by process');
    expect(refused).toHaveLength(3);
    for (const each of taken) if (each.status === 'fulfilled') await each.value.release();
  }
});

/** Another process that takes the lock of a folder; `outcome` is `locked` or the sentence it was refused with. */
function rival(dataDir: string) {
  const script = fileURLToPath(new URL('data-dir-lock-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const kill9 = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  };
  kills.push(kill9);
  return {
    pid: child.pid ?? -1,
    kill9,
    async outcome() {
      await until('it has tried', () => output.includes('\n'), 30_000);
      return output.trim();
    },
  };
}

test('a second process on a folder is refused with a sentence that names the process and the folder', async () => {
  const holder = rival(dir);
  expect(await holder.outcome()).toBe('locked');
  await expect(lock()).rejects.toThrow(`DATA_DIR ${dir} is in use by process ${holder.pid}: stop`);
});

test('a folder is made with those above it', async () => {
  const deep = join(dir, 'not', 'there');
  const held = await lock(deep);
  expect((await stat(deep)).mode & 0o777).toBe(0o700);
  await held.release();
});

test('a folder on a file system that makes none is refused with a sentence', async () => {
  expect(await rival('/proc/planwire/data').outcome()).toMatch(/ cannot be used \(E\w+\): name a folder/);
});

test('a second store in the same process is refused, and may come after the first has gone', async () => {
  const first = await lock();
  await expect(lock()).rejects.toThrow(`in use by process ${process.pid}`);
  await first.release();
  await first.release();
  await (await lock()).release();
});

test('the lock of a killed process is taken over at once', lateMachine, async () => {
  const holder = rival(dir);
  expect(await holder.outcome()).toBe('locked');
  await holder.kill9();
  // Watching for signs of life would take four beats, which this test does not have.
  await (await lockDataDir(dir, { onLost: unexpected, beatMs: 600_000 })).release();
});

test('of many processes that find a dead lock, one gets it', async () => {
  const dead = rival(dir);
  await dead.outcome();
  await dead.kill9();
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => rival(dir).outcome()));
  expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome.includes('in use by process'))).toHaveLength(5);
});

test('a lock whose process id was given to another process since is taken over', async () => {
  const mine = await lock();
  const text = await readFile(join(dir, 'planwire.lock'), 'utf8');
  await mine.release();
  await writeFile(
    join(dir, 'planwire.lock'),
    JSON.stringify({ ...JSON.parse(text), pid: process.ppid, start: '1' }),
  );
  await (await lock()).release();
});

test('a copied folder does not carry the lock of the original with it', async () => {
  const holder = rival(dir);
  expect(await holder.outcome()).toBe('locked');
  const copy = `${dir}-copy`;
  try {
    await cp(dir, copy, { recursive: true });
    await (await lock(copy)).release();
    await expect(lock()).rejects.toThrow('in use by process');
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

test('on a folder shared with another machine, a living holder is refused and a dead one taken over', async () => {
  const mine = await lock();
  const path = join(dir, 'planwire.lock');
  const text = await readFile(path, 'utf8');
  await mine.release();
  await writeFile(path, JSON.stringify({ ...JSON.parse(text), host: 'elsewhere', pid: 1 }));
  const beat = setInterval(() => void utimes(path, new Date(), new Date()), 100);
  try {
    await expect(lock()).rejects.toThrow('in use by process 1 on elsewhere:');
  } finally {
    clearInterval(beat);
  }
  await (await lock()).release();
});

test('a lock file cut short by a crash is taken over', async () => {
  await writeFile(join(dir, 'planwire.lock'), '{"pid":');
  await (await lock()).release();
});

test('a holder whose lock was taken is told so, and does not remove the new one', async () => {
  let lost: Error | null = null;
  const mine = await lock(dir, (error) => (lost = error));
  const path = join(dir, 'planwire.lock');
  await writeFile(path, JSON.stringify({ nonce: 'another' }));
  await until('it is told', () => lost !== null);
  await mine.release();
  expect((await stat(path)).isFile()).toBe(true);
});

/** A disk of its own to fill needs root on Linux. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!mayMount)(
  'on a full disk the ballast that a killed process left makes room for it',
  async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir]);
    try {
      await writeFile(join(dir, 'ballast'), Buffer.alloc(65_536));
      await expect(writeFile(join(dir, 'theirs'), Buffer.alloc(4 * 1_048_576))).rejects.toThrow('ENOSPC');
      const held = await lock();
      await expect(stat(join(dir, 'ballast'))).rejects.toThrow('ENOENT');
      await held.release();
      await writeFile(join(dir, 'more'), Buffer.alloc(65_536)).catch(() => undefined);
      await writeFile(join(dir, 'most'), Buffer.alloc(65_536)).catch(() => undefined);
      await expect(lock()).rejects.toThrow('cannot be used (ENOSPC): make room on its disk.');
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  },
);
