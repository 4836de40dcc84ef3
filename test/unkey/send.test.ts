import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { overFetch } from '../../src/unkey/over-fetch.ts';
import { overNode } from '../../src/app/over-node.ts';
import { waitFor } from '../support/pipeline.ts';
import { oddServer } from '../support/unkey-sandbox.ts';

const letter = { headers: { authorization: 'Bearer key' }, body: '{"é":1}', mostBytes: 1_000 };

describe.each([
  ['over fetch', overFetch(globalThis.fetch)],
  ['over node', overNode],
])('a letter %s', (_, send) => {
  it('arrives as it is, and its answer is read whole', async () => {
    const heard: unknown[] = [];
    const { url } = await oddServer((response, { method, url: path, headers }) => {
      heard.push(method, path, headers.authorization, headers['content-length']);
      response.writeHead(418, { 'retry-after': '7' });
      const bytes = Buffer.from('"é"');
      response.write(bytes.subarray(0, 2), () => response.end(bytes.subarray(2)));
    });
    const { status, text: said, header } = await send({ ...letter, url: `${url}/v2/x` }).answer;
    expect(heard).toEqual(['POST', '/v2/x', 'Bearer key', '8']);
    expect([status, said, header('retry-after'), header('ratelimit-limit')]).toEqual([418, '"é"', '7', null]);
  });

  it('follows no redirect', async () => {
    let asked = 0;
    const { url } = await oddServer((response) => {
      asked += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await send({ ...letter, url }).answer).status).toBe(307);
    expect(asked).toBe(1);
  });

  it('keeps nothing of an answer without end, and hangs up on it', async () => {
    const { url } = await oddServer((response) => {
      const pour = (): void => void (response.write('x'.repeat(10_000)) ? setImmediate(pour) : 0);
      response.on('drain', pour).on('error', () => undefined);
      closed = once(response, 'close');
      pour();
    });
    let closed: Promise<unknown> = Promise.resolve();
    expect((await send({ ...letter, url }).answer).text).toBe('');
    await closed;
  });

  it('fails when its answer is cut', async () => {
    const { url } = await oddServer((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => response.destroy());
    });
    await expect(send({ ...letter, url }).answer).rejects.toThrow();
  });

  it.each(['before its answer', 'within it'])('is given up %s', async (when) => {
    const closes: Promise<unknown>[] = [];
    const { url } = await oddServer((response) => {
      if (when === 'within it') response.writeHead(200).write('{');
      closes.push(once(response, 'close'));
    });
    const { answer, cancel } = send({ ...letter, url });
    const failed = expect(answer).rejects.toThrow();
    await waitFor(() => closes.length > 0);
    cancel();
    await Promise.all([failed, ...closes]);
  });
});

it('letters over node go one after another on one connection', async () => {
  const ports = new Set<unknown>();
  const { url } = await oddServer((response, request) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  for (let n = 0; n < 3; n++) await overNode({ ...letter, url }).answer;
  expect(ports.size).toBe(1);
});
