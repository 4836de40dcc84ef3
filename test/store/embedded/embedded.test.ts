import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockDataDir } from '../../../src/store/embedded/data-dir-lock.ts';
import { openEmbedded, type EmbeddedOptions } from '../../../src/store/embedded/open.ts';
import { makePglite, openPglite } from '../../../src/store/embedded/database.ts';
import { makeDatabase } from '../../../src/store/embedded/make.ts';
import { PglitePool } from '../../../src/store/embedded/pool.ts';
import { watchSpace } from '../../../src/store/embedded/disk-space.ts';
import { asProbe, within } from '../../../src/store/with-timeout.ts';
import { maintain } from '../../../src/store/embedded/vacuum.ts';
import { StoreUnavailable } from '../../../src/store/store.ts';
import { eventJob, fresh, until } from '../contracts/queue-contract.ts';

const schemas = { records: 'planwire', queues: 'planwire_queues' };
let template: string;
let dir: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'planwire-template-'));
  await makePglite(template);
});
afterAll(() => rm(template, { recursive: true, force: true }));
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'planwire-embedded-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await rm(dir, { recursive: true, force: true });
});

async function open(more: Partial<EmbeddedOptions> = {}) {
  const errors: string[] = [];
  const store = await openEmbedded({
    dataDir: dir,
    prefix: 'planwire',
    retentionMs: 86_400_000,
    onError: (error) => errors.push(error.message),
    ...more,
  });
  cleanups.push(() => store.close());
  return { store, errors };
}

async function openPool(errors: string[] = [], reopenAfterMs = 50, longestMs = 10_000) {
  await cp(template, dir, { recursive: true });
  const pool = await PglitePool.open({
    open: () => openPglite(dir, schemas),
    onError: (error) => errors.push(error.message),
    reopenAfterMs,
    longestMs,
  });
  cleanups.push(() => pool.end());
  return pool;
}

describe('the folder', () => {
  test('is kept over a restart, and a second store on it is refused meanwhile', async () => {
    const { store } = await open();
    await store.events.add(eventJob('evt_kept'));
    await expect(open()).rejects.toThrow(`DATA_DIR ${dir} is in use by process ${process.pid}`);
    await store.close();
    const again = await open();
    expect(await again.store.events.add(eventJob('evt_kept'))).toBe('duplicate');
    expect((await again.store.queueCounts()).events.waiting).toBe(1);
  });

  test('begins without tables of the prefix that it is asked for, unless it is the usual one', async () => {
    const { store } = await open({ prefix: 'another' });
    await store.events.add(eventJob('evt_1'));
    expect((await store.queueCounts()).events.waiting).toBe(1);
    await store.customers.change('cus_1', (record) => ({ ...record, plan: 'team' }));
    expect((await store.customers.read('cus_1'))?.plan).toBe('team');
  });

  test('left by an interrupted first start is made anew', async () => {
    for (const name of ['pgdata', 'pgdata.new-1']) {
      await mkdir(join(dir, name), { recursive: true });
      await writeFile(join(dir, name, 'PG_VERSION'), '18\n');
    }
    await writeFile(join(dir, 'pgdata.making'), '');
    const { store } = await open();
    expect((await store.health()).ok).toBe(true);
    const left = (await readdir(dir)).filter((name) => name.startsWith('pgdata'));
    expect(left.toSorted()).toEqual(['pgdata', 'pgdata.complete']);
  });

  test('of a database that cannot be made says what the maker said', async () => {
    await expect(makeDatabase(join(dir, 'is', 'missing'), 60_000)).rejects.toThrow(
      /its database could not be made: .*ENOENT/s,
    );
  });

  test('of a database with settings of its own is opened with ours, which are for one session', async () => {
    const folder = join(template, 'pgdata');
    await cp(template, dir, { recursive: true });
    const written = await readFile(join(folder, 'postgresql.conf'), 'utf8');
    expect(written).toMatch(/^shared_buffers = 128MB/m);
    const database = await openPglite(dir, schemas);
    cleanups.push(() => database.close(3_000));
    const shown = async (name: string) => (await database.run(`SHOW ${name}`, null)).rows[0];
    expect(await shown('shared_buffers')).toEqual({ shared_buffers: '16MB' });
    expect(await shown('max_connections')).toEqual({ max_connections: '4' });
  });

  test('whose making was finished but not tidied up loses the mark by which it could be deleted', async () => {
    await cp(template, dir, { recursive: true });
    await writeFile(join(dir, 'pgdata.making'), '');
    await (await open()).store.close();
    expect(await readdir(dir)).not.toContain('pgdata.making');
  });

  test.each([
    [
      "with somebody's files in it",
      ['letters', 'photo.jpg'],
      /holds what is not Planwire's \(letters, photo.jpg\)/,
    ],
    ['of another PostgreSQL', ['PG_VERSION', 'base'], /is the folder of another PostgreSQL/],
    ['with an unfinished database without its mark', ['pgdata.new-1'], /holds what is not Planwire's/],
    ['with a copy that lost its mark', ['pgdata'], /has a database without its mark pgdata.complete/],
  ])('%s is refused with a sentence, and nothing in it is touched', async (_name, names, sentence) => {
    for (const name of names) {
      await mkdir(join(dir, name), { recursive: true });
      await writeFile(join(dir, name, 'kept'), 'kept');
    }
    await expect(open()).rejects.toThrow(sentence);
    for (const name of names) expect(await readdir(join(dir, name))).toEqual(['kept']);
    expect(await readdir(dir)).toHaveLength(names.length);
  });

  test('and everything in it is for this user alone', async () => {
    // As PGlite makes it: with files that anybody may write.
    await cp(template, dir, { recursive: true });
    await chmod(dir, 0o755);
    const { store } = await open();
    await store.events.add(eventJob(fresh('evt')));
    // PostgreSQL writes its cache of the catalogue anew whenever it likes, with a mode of its own; no row is in it.
    const names = ['.', ...(await readdir(dir, { recursive: true }))].filter(
      (name) => !name.endsWith('pg_internal.init'),
    );
    expect(names.length).toBeGreaterThan(900);
    const modes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).mode));
    expect(names.filter((_, i) => ((modes[i] ?? 0) & 0o077) !== 0)).toEqual([]);
  });

  test('that is damaged is refused with a sentence, its lock given back and nothing removed', async () => {
    await mkdir(join(dir, 'pgdata'), { recursive: true });
    await writeFile(join(dir, 'pgdata', 'PG_VERSION'), '18\n');
    await writeFile(join(dir, 'pgdata.complete'), '');
    await expect(open()).rejects.toThrow(/embedded store in .* cannot be opened: .*restore the folder/s);
    expect(await readdir(join(dir, 'pgdata'))).toContain('PG_VERSION');
    await (await lockDataDir(dir, { onLost: () => undefined })).release();
  });

  test('whose lock another process took is not written to any more', async () => {
    await cp(template, dir, { recursive: true });
    const { store } = await open();
    await writeFile(join(dir, 'planwire.lock'), JSON.stringify({ nonce: 'another' }));
    await until('it notices', async () => !(await store.health()).ok);
    await expect(store.events.add(eventJob('evt_late'))).rejects.toBeInstanceOf(StoreUnavailable);
    expect((await store.health()).detail).toContain('taken by another process');
  });
});

describe('a full disk', () => {
  test('refuses adds with the reason before the database breaks, and takes them again when there is room', async () => {
    await cp(template, dir, { recursive: true });
    let free = 1e12;
    const { store } = await open({ freeBytes: () => Promise.resolve(free) });
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
    const worker = store.work({
      queue: 'syncs',
      concurrency: 5,
      ratePerSecond: 1_000,
      handle: () => Promise.resolve({ kind: 'done' }),
    });
    await worker.ready();
    free = 1_000_000;
    await until('it notices', async () => !(await store.health()).ok);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await until('workers that are refused leave turns to everything else', () => turns > 50);
    clearInterval(timer);
    expect((await store.health()).detail).toMatch(/disk of DATA_DIR .* is full: make room/);
    await expect(store.events.add(eventJob(fresh('evt')))).rejects.toBeInstanceOf(StoreUnavailable);
    free = 1e12;
    await until('it goes on', async () => (await store.health()).ok);
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
  });

  test('at the start still opens the store, which works when there is room', async () => {
    await cp(template, dir, { recursive: true });
    await (await open()).store.close();
    let free = 1_000_000;
    const { store } = await open({ freeBytes: () => Promise.resolve(free) });
    expect((await store.health()).ok).toBe(false);
    await expect(store.events.add(eventJob(fresh('evt')))).rejects.toBeInstanceOf(StoreUnavailable);
    free = 1e12;
    await until('it goes on', async () => (await store.health()).ok);
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
  });

  test('a write that finds no room closes the door at once, and the reserve is given back', async () => {
    await cp(template, dir, { recursive: true });
    let free = 1e12;
    const watched: (string | null)[] = [];
    const space = await watchSpace({
      dataDir: dir,
      freeBytes: () => Promise.resolve(free),
      onChange: (sentence) => watched.push(sentence),
      everyMs: 10,
    });
    cleanups.push(() => Promise.resolve(space.stop()));
    expect(await readdir(dir)).toContain('ballast');
    free = 0;
    space.full();
    expect(watched).toEqual([expect.stringContaining('is full: make room')]);
    await until('the reserve is gone', async () => !(await readdir(dir)).includes('ballast'));
    free = 1e12;
    await until('the door is open', () => watched.at(-1) === null);
    expect(await readdir(dir)).toContain('ballast');
  });

  test('any statement that finds no room is told to whoever closes the door, and the database stays', async () => {
    await cp(template, dir, { recursive: true });
    let troubles = 0;
    const pool = await PglitePool.open({
      open: () => openPglite(dir, schemas),
      onError: () => undefined,
      onTrouble: () => (troubles += 1),
    });
    cleanups.push(() => pool.end());
    const noRoom = "DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$";
    await expect(pool.query(noRoom)).rejects.toMatchObject({ code: '53100' });
    expect(troubles).toBe(1);
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(client.query(noRoom)).rejects.toMatchObject({ code: '53100' });
    await client.query('ROLLBACK');
    expect(troubles).toBe(2);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('a database that spins is ended and opened again, and the process goes on meanwhile', async () => {
    const errors: string[] = [];
    const pool = await openPool(errors, 50, 3_000);
    const spinning = pool.query('SELECT count(*) FROM generate_series(1, 1000000000000)');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    await expect(spinning).rejects.toThrow('thread of the embedded database ended');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
    await until('it is back', () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    expect(errors.join()).toContain('broke down');
  });

  test('a database that spins does not keep the process from ending', async () => {
    const pool = await openPool();
    const spinning = pool
      .query('SELECT count(*) FROM generate_series(1, 1000000000000)')
      .catch(() => 'ended');
    await pool.end();
    expect(await spinning).toBe('ended');
  });

  test('a database that breaks down for lack of its log is opened again by itself, with all it had taken', async () => {
    const errors: string[] = [];
    const pool = await openPool(errors);
    await pool.query('CREATE TABLE kept (n int)');
    const client = await pool.connect();
    const heard: string[] = [];
    client.on('notification', ({ payload }: { payload: string }) => heard.push(payload));
    await client.query('-- why\nLISTEN news');
    await pool.query('INSERT INTO kept VALUES (1)');
    await client.query('BEGIN');
    await client.query('INSERT INTO kept VALUES (2)');
    const [log, away] = [join(dir, 'pgdata', 'pg_wal'), join(dir, 'away')];
    await rename(log, away);
    // More than one file of the log holds.
    const much = "SELECT pg_logical_emit_message(false, 'test', repeat('x', 9000000))";
    await expect(client.query(much)).rejects.toThrow();
    await until('it has broken down', () => errors.some((error) => error.includes('broke down')));
    await expect(client.query('COMMIT')).rejects.toThrow();
    await expect(pool.query('SELECT 1')).rejects.toBeInstanceOf(StoreUnavailable);
    await rm(log, { recursive: true, force: true });
    await rename(away, log);
    await until('it is back', () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    expect((await pool.query<{ n: number }>('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]);
    await pool.query("SELECT pg_notify('news', 'heard')");
    await until('listeners hear again', () => heard.includes('heard'));
  });
});

describe('the pool', () => {
  test('lets nobody in between BEGIN and COMMIT of a client', async () => {
    const pool = await openPool();
    await pool.query('CREATE TABLE counted (n int)');
    await pool.query('INSERT INTO counted VALUES (0)');
    const add = async (end: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
      const client = await pool.connect();
      await client.query('BEGIN');
      const { rows } = await client.query<{ n: number }>('SELECT n FROM counted');
      await client.query('UPDATE counted SET n = $1', [(rows[0]?.n ?? 0) + 1]);
      await client.query(end);
      client.release();
    };
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => [
        add(i % 2 === 0 ? 'COMMIT' : 'ROLLBACK'),
        pool.query('SELECT 1'),
      ]).flat(),
    );
    expect((await pool.query<{ n: number }>('SELECT n FROM counted')).rows).toEqual([{ n: 10 }]);
  });

  test('takes back what a client that is released had not finished', async () => {
    const pool = await openPool();
    await pool.query('CREATE TABLE things (n int)');
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO things VALUES (1)');
    client.release();
    expect((await pool.query('SELECT n FROM things')).rows).toEqual([]);
  });

  test('gives values as pg does', async () => {
    const pool = await openPool();
    const { rows, rowCount } = await pool.query(
      `SELECT $1::bigint AS big, $2::jsonb AS doc, $3::text[] AS list, $4::boolean AS yes, $5::text AS nothing,
              $6::int AS small, $7::text AS text`,
      [9_007_199_254_740_993n, { a: [1] }, ['x', 'y,"z'], true, undefined, 7, 'ü\\'],
    );
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        doc: { a: [1] },
        list: ['x', 'y,"z'],
        yes: true,
        nothing: null,
        small: 7,
        text: 'ü\\',
      },
    ]);
    expect(rowCount).toBe(1);
    await expect(pool.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
  });

  test('leaves turns to everything else while statements run one after another', async () => {
    const pool = await openPool();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const end = Date.now() + 300;
    while (Date.now() < end) await pool.query('SELECT 1');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
  });
});

test('whoever gave up waiting is not served, and a probe waits until deliveries are done', async () => {
  const pool = await openPool();
  await pool.query('CREATE TABLE served (who text)');
  const serve = (who: string) => pool.query('INSERT INTO served VALUES ($1)', [who]);
  const busy = pool.query('SELECT pg_sleep(0.3)');
  const probe = asProbe(() => serve('probe'));
  const gone = within(50, 'The store', () => serve('gone'));
  const deliveries = ['first', 'second'].map(serve);
  await expect(gone).rejects.toBeInstanceOf(StoreUnavailable);
  await Promise.all([busy, probe, ...deliveries]);
  const { rows } = await pool.query<{ who: string }>('SELECT who FROM served');
  expect(rows.map(({ who }) => who)).toEqual(['first', 'second', 'probe']);
});

test('a probe is answered although the pauses that it waits for never come', async () => {
  const pool = await openPool();
  const answered = new AbortController();
  const work = Array.from({ length: 4 }, async () => {
    while (!answered.signal.aborted) await pool.query('SELECT 1');
  });
  await asProbe(() => pool.query('SELECT 2'));
  answered.abort();
  await Promise.all(work);
});

test('what watches the store waits behind deliveries, counts of queues and customers included', async () => {
  await cp(template, dir, { recursive: true });
  const { store } = await open();
  const answered: string[] = [];
  const note = (who: string) => () => void answered.push(who);
  // Held up by what came before them, so that all of them wait.
  const before = Array.from({ length: 5 }, () => store.events.add(eventJob(fresh('evt'))));
  const probes = [
    store.health().then(note('probe')),
    store.queueCounts().then(note('probe')),
    store.customers.counts().then(note('probe')),
  ];
  const deliveries = Array.from({ length: 5 }, () =>
    store.events.add(eventJob(fresh('evt'))).then(note('delivery')),
  );
  await Promise.all([...before, ...probes, ...deliveries]);
  expect(answered).toEqual([...deliveries.map(() => 'delivery'), ...probes.map(() => 'probe')]);
});

test('upkeep keeps the folder from growing with the jobs that went through', async () => {
  const pool = await openPool();
  await pool.query('CREATE TABLE planwire.jobs (id int PRIMARY KEY, filler text)');
  const size = async () =>
    Number(
      (await pool.query<{ size: string }>("SELECT pg_table_size('planwire.jobs')::bigint AS size")).rows[0]
        ?.size,
    );
  const churn = async () => {
    await pool.query("INSERT INTO planwire.jobs SELECT n, repeat('x', 500) FROM generate_series(1, 2000) n");
    await pool.query('DELETE FROM planwire.jobs');
    await maintain(pool, ['planwire'], false);
  };
  await churn();
  const first = await size();
  for (let round = 0; round < 5; round += 1) await churn();
  expect(await size()).toBeLessThan(first * 2 + 1_000_000);
  const log = await readdir(join(dir, 'pgdata', 'pg_wal'));
  const sizes = await Promise.all(log.map((name) => stat(join(dir, 'pgdata', 'pg_wal', name))));
  expect(sizes.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)).toBeLessThan(80 * 1_048_576);
});
