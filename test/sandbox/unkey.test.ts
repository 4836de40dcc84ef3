import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/sandbox/random.ts';
import { sandboxRootKey, startUnkeySandbox } from '../../src/sandbox/unkey.ts';
import { rawCall, unkeyAndClient } from '../support/unkey-sandbox.ts';

const limit = (name: string, value = 1) => ({ name, limit: value, duration: 1000, autoApply: true });
const namesOf = (identity: { ratelimits: readonly { name: string }[] } | null) =>
  identity?.ratelimits.map(({ name }) => name).sort();

async function post(url: string, path: string, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method: 'POST', body: text });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe('the replica', () => {
  it('lags: a read and a listing show the past, the primary the present', async () => {
    let now = 1_000_000;
    const { sandbox, client } = await unkeyAndClient({ readLagMs: 5000, now: () => now });
    sandbox.putIdentity({ externalId: 'u', meta: { v: 1 } });
    await client.updateIdentity({ identity: 'u', meta: { v: 2 } });
    const read = async () => {
      const answer = await client.getIdentity({ identity: 'u' });
      return answer.ok ? answer.data.meta['v'] : answer.error.status;
    };
    expect(await read()).toBe(1);
    expect(sandbox.identity('u')?.meta).toEqual({ v: 2 });
    now += 4999;
    expect(await read()).toBe(1);
    now += 1;
    expect(await read()).toBe(2);
  });

  it('does not know an identity right after its creation', async () => {
    let now = 1_000_000;
    const { client } = await unkeyAndClient({ readLagMs: 3000, now: () => now });
    await client.createIdentity({ externalId: 'new' });
    expect(await client.getIdentity({ identity: 'new' })).toMatchObject({
      ok: false,
      error: { status: 404 },
    });
    expect(await client.updateIdentity({ identity: 'new', meta: {} })).toMatchObject({ ok: false });
    expect(await client.createIdentity({ externalId: 'new' })).toMatchObject({
      ok: false,
      error: { status: 409 },
    });
    now += 3000;
    expect(await client.getIdentity({ identity: 'new' })).toMatchObject({ ok: true });
  });

  it('can be frozen and thawed', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    sandbox.freezeReplica(true);
    await client.updateIdentity({ identity: 'u', meta: { a: 1 } });
    expect(await client.getIdentity({ identity: 'u' })).toMatchObject({ data: { meta: {} } });
    sandbox.putIdentity({ externalId: 'seeded_later' });
    expect(await client.getIdentity({ identity: 'seeded_later' })).toMatchObject({ ok: true });
    sandbox.freezeReplica(false);
    expect(await client.getIdentity({ identity: 'u' })).toMatchObject({ data: { meta: { a: 1 } } });
  });
});

describe('an update acts on the list of limits that it read from the replica', () => {
  it('updates a limit that is gone: 200 lists it, and it is not there', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u', ratelimits: [limit('xxx'), limit('yyy')] });
    sandbox.freezeReplica(true);
    await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx')] });
    const answer = await client.updateIdentity({
      identity: 'u',
      ratelimits: [limit('xxx', 5), limit('yyy', 5)],
    });
    expect(namesOf(answer.ok ? answer.data : null)).toEqual(['xxx', 'yyy']);
    expect(namesOf(sandbox.identity('u'))).toEqual(['xxx']);
  });

  it('does not delete a limit that the replica does not show yet', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u', ratelimits: [limit('xxx')] });
    sandbox.freezeReplica(true);
    await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx'), limit('zzz')] });
    await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx')] });
    expect(namesOf(sandbox.identity('u'))).toEqual(['xxx', 'zzz']);
  });

  it('loses an update of a limit that was deleted and inserted again meanwhile', async () => {
    let now = 1_000_000;
    const { sandbox, client } = await unkeyAndClient({ now: () => now });
    sandbox.putIdentity({ externalId: 'u', ratelimits: [limit('xxx', 1)] });
    now += 1000;
    await client.updateIdentity({ identity: 'u', ratelimits: [] });
    await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx', 1)] });
    sandbox.setReadLag(5000);
    const answer = await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx', 9)] });
    expect(answer).toMatchObject({ ok: true, data: { ratelimits: [{ limit: 9 }] } });
    expect(sandbox.identity('u')?.ratelimits).toMatchObject([{ limit: 1 }]);
  });

  it('applies values to a name that is there already, and answers an id that is not stored', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    sandbox.freezeReplica(true);
    await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx', 1)] });
    const stored = sandbox.identity('u')?.ratelimits[0];
    const answer = await client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx', 9)] });
    expect(sandbox.identity('u')?.ratelimits).toEqual([{ ...stored, limit: 9 }]);
    expect(answer.ok && answer.data.ratelimits[0]?.id).not.toBe(stored?.id);
  });

  it('writes to an identity that was deleted in between, with 200', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    sandbox.freezeReplica(true);
    await rawCall(sandbox.url, 'identities.deleteIdentity', { identity: 'u' });
    expect(await client.updateIdentity({ identity: 'u', meta: { a: 1 } })).toMatchObject({ ok: true });
    expect(sandbox.identity('u')).toBeNull();
  });

  it('races without any lag too: both read before either wrote', async () => {
    const { sandbox, client } = await unkeyAndClient({ writeLatencyMs: 30 });
    sandbox.putIdentity({ externalId: 'u', ratelimits: [limit('xxx'), limit('yyy')] });
    const answers = await Promise.all([
      client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx')] }),
      client.updateIdentity({ identity: 'u', ratelimits: [limit('xxx'), limit('yyy')] }),
    ]);
    expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
    expect(sandbox.requests().filter(({ overlapped }) => overlapped)).toHaveLength(1);
    expect(namesOf(sandbox.identity('u'))).toEqual(['xxx']);
  });
});

describe('the log of requests', () => {
  it('tells updates of one identity that overlap from those that do not', async () => {
    const { sandbox, client } = await unkeyAndClient({ latencyMs: 20 });
    sandbox.putIdentity({ externalId: 'a' });
    sandbox.putIdentity({ externalId: 'b' });
    await Promise.all(['a', 'b'].map((identity) => client.updateIdentity({ identity, meta: {} })));
    expect(sandbox.requests().some(({ overlapped }) => overlapped)).toBe(false);
    await Promise.all(
      ['a', sandbox.identity('a')?.id ?? ''].map((identity) => client.updateIdentity({ identity })),
    );
    expect(sandbox.requests().filter(({ overlapped }) => overlapped)).toHaveLength(1);
  });
});

describe('scripted faults', () => {
  it('meet the next N calls of an operation and of an identity, and no others', async () => {
    const { sandbox, client } = await unkeyAndClient();
    for (const externalId of ['user_1', 'user_2']) sandbox.putIdentity({ externalId });
    await post(sandbox.url, '/_faults', {
      match: 'identities.getIdentity',
      subject: 'user_1',
      times: 2,
      status: 500,
    });
    const statuses: unknown[] = [];
    for (const identity of ['user_2', 'user_1', 'user_1', 'user_1']) {
      const answer = await client.getIdentity({ identity });
      statuses.push(answer.ok ? 200 : answer.error.status);
    }
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it('come at a rate that a seed repeats', async () => {
    const run = async () => {
      const { sandbox, client } = await unkeyAndClient();
      sandbox.putIdentity({ externalId: 'u' });
      sandbox.faults.add({ match: '*', rate: 0.3, seed: 11, status: 503 });
      const answers: boolean[] = [];
      for (let call = 0; call < 60; call += 1) answers.push((await client.getIdentity({ identity: 'u' })).ok);
      return answers;
    };
    const [first, second] = [await run(), await run()];
    expect(second).toEqual(first);
    const failed = first.filter((ok) => !ok).length;
    expect(failed).toBeGreaterThan(5);
    expect(failed).toBeLessThan(35);
  });

  it('drop a write behind a 200 that looks like any other', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u', meta: { v: 1 } });
    sandbox.faults.add({ match: 'identities.updateIdentity', times: 1, drop: true });
    expect(await client.updateIdentity({ identity: 'u', meta: { v: 2 } })).toMatchObject({
      ok: true,
      data: { meta: { v: 2 } },
    });
    expect(sandbox.identity('u')?.meta).toEqual({ v: 1 });
  });

  it('delay, expire, and are listed and cleared', async () => {
    let now = 0;
    const { sandbox, client } = await unkeyAndClient({ now: () => now });
    sandbox.putIdentity({ externalId: 'u' });
    sandbox.faults.add({ match: '*', latencyMs: [30, 40], expiresAfterMs: 1000 });
    expect((await client.getIdentity({ identity: 'u' })).latencyMs).toBeGreaterThanOrEqual(29);
    const list = async () =>
      ((await (await fetch(`${sandbox.url}/_faults`)).json()) as { faults: object[] }).faults;
    expect(await list()).toMatchObject([{ id: 'flt_1', match: '*', fired: 1 }]);
    now = 1000;
    expect(await list()).toEqual([]);
    sandbox.faults.add([
      { match: '*', status: 500 },
      { match: '*', status: 501 },
    ]);
    await fetch(`${sandbox.url}/_faults/flt_2`, { method: 'DELETE' });
    expect(await list()).toMatchObject([{ id: 'flt_3' }]);
    await fetch(`${sandbox.url}/_faults`, { method: 'DELETE' });
    expect(await list()).toEqual([]);
  });

  it.each([
    ['{', /not JSON/],
    [{ match: '*' }, /one of latencyMs, status, cut and drop/],
    [{ match: '*', status: 500, drop: true }, /only one of status, cut and drop/],
    [{ match: '*', status: 5 }, /at status/],
    [{ match: '*', latencyMs: [9, 1] }, /at latencyMs/],
    [
      [
        { match: '*', status: 500 },
        { match: '*', status: 500, x: 1 },
      ],
      /at 1 .*"x"/,
    ],
  ])('that make no sense are refused with one sentence: %j', async (body, sentence) => {
    const { sandbox } = await unkeyAndClient();
    const answer = await post(sandbox.url, '/_faults', body);
    expect(answer.status).toBe(400);
    expect((answer.json['error'] as { message: string }).message).toMatch(sentence);
    expect(sandbox.faults.list()).toEqual([]);
  });
});

describe('the control routes', () => {
  it('seed and show identities, keys, settings and requests to another process', async () => {
    const { sandbox, client } = await unkeyAndClient();
    const made = await post(sandbox.url, '/_unkey/identities', [
      { externalId: 'u', meta: { a: 1 }, ratelimits: [limit('xxx')] },
    ]);
    expect(made).toMatchObject({ status: 201, json: { identities: [{ externalId: 'u', meta: { a: 1 } }] } });
    await post(sandbox.url, '/_unkey/settings', { replicaFrozen: true });
    await client.updateIdentity({ identity: 'u', meta: { a: 2 } });
    const shown = await fetch(`${sandbox.url}/_unkey/identities?identity=u`);
    expect(await shown.json()).toMatchObject({ identities: [{ meta: { a: 2 } }] });
    await post(sandbox.url, '/_unkey/root-keys', { key: sandboxRootKey, state: 'disabled' });
    expect(await client.getIdentity({ identity: 'u' })).toMatchObject({ ok: false, error: { status: 403 } });
    const log = (await (await fetch(`${sandbox.url}/_unkey/requests`)).json()) as { requests: object[] };
    expect(log.requests).toMatchObject([
      { operation: 'identities.updateIdentity', status: 200 },
      { status: 403 },
    ]);
    expect((await post(sandbox.url, '/_unkey/settings', { readLag: 1 })).status).toBe(400);
    expect((await post(sandbox.url, '/_unkey/nothing', {})).status).toBe(404);
  });
});

describe('a seeded stand-in', () => {
  it('gives the same ids and orders again', async () => {
    const run = async () => {
      const sandbox = await startUnkeySandbox({ random: seededRandom(5) });
      sandbox.putIdentity({
        externalId: 'u',
        ratelimits: ['aaa', 'bbb', 'ccc', 'ddd'].map((name) => limit(name)),
      });
      const { text } = await rawCall(sandbox.url, 'identities.getIdentity', { identity: 'u' });
      await sandbox.close();
      return text;
    };
    expect(await run()).toBe(await run());
  });
});
