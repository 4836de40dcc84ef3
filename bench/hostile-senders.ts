import { once, setMaxListeners } from 'node:events';
import { get, Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';

/**
 * Those who mean harm, as a process of their own so that measuring is not disturbed: `SORT URL CONNECTIONS`. Each
 * connection comes back a second after it was ended, until a message or the end of the parent; then it tells the parent
 * what was answered, as `{ ANSWER: times }`.
 */
const [sort = '', url = '', connections = '0'] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const returnAfterMs = 1_000;
const mebibyte = 1024 * 1024;

const heard: Record<string, number> = {};
const ended = new AbortController();
setMaxListeners(0, ended.signal);
const count = (answer: string): void => void (heard[answer] = (heard[answer] ?? 0) + 1);

/** The headers of a delivery in the form of Stripe's: nothing but the body tells that it is not. */
function head(contentLength: number, more: readonly string[] = []): string {
  const signature = `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`;
  const lines = ['host: planwire', `stripe-signature: ${signature}`, `content-length: ${contentLength}`];
  return ['POST /webhooks/stripe HTTP/1.1', ...lines, ...more, '', ''].join('\r\n');
}

const bomb = brotliCompressSync(Buffer.alloc(mebibyte));
const large = Buffer.alloc(mebibyte, ' ');
/** A thousand of these are about the budget of bodies in flight; what drips in after it fills the last gap. */
const begun = Buffer.alloc(16 * 1024, ' ');
const drop = Buffer.alloc(256, ' ');

/** What each sort does with a connection that is open. */
const sorts: Readonly<Record<string, (socket: Socket, nth: number) => void>> = {
  compressed(socket) {
    socket.write(head(bomb.length, ['content-encoding: br']));
    socket.write(bomb);
  },
  slow(socket) {
    socket.write(head(mebibyte));
    socket.write(begun);
    const dripping = setInterval(() => socket.write(drop), 250);
    socket.once('close', () => clearInterval(dripping));
  },
  large(socket) {
    socket.write(head(mebibyte));
    socket.write(large);
  },
  idle(socket, nth) {
    // Every second one says nothing at all, the others never come to the end of their headers.
    if (nth % 2 === 0) socket.write('POST /webhooks/stripe HTTP/1.1\r\nhost: pl');
  },
};

/** One connection after the other. */
async function besiege(nth: number): Promise<void> {
  while (!ended.signal.aborted) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => sorts[sort]?.(socket, nth));
      const leave = (): void => void socket.destroy();
      ended.signal.addEventListener('abort', leave);
      let answered = false;
      socket.on('data', (chunk: Buffer) => {
        if (!answered) count(chunk.subarray(9, 12).toString());
        answered = true;
      });
      socket.on('error', () => undefined);
      socket.once('close', () => {
        ended.signal.removeEventListener('abort', leave);
        if (!answered && !ended.signal.aborted) count('closed');
        resolve();
      });
    });
    await pause();
  }
}

/** A probe that asks every second on one connection, for readiness and metrics by turns. */
async function ask(nth: number, agent: Agent): Promise<void> {
  for (let turn = nth; !ended.signal.aborted; turn += 1) {
    const startedAt = performance.now();
    const path = turn % 2 === 0 ? '/readyz' : '/metrics';
    await new Promise<void>((resolve) => {
      get(new URL(path, url), { agent, signal: ended.signal }, (answer) => {
        count(`${path} ${answer.statusCode}`);
        answer.resume().once('close', resolve);
      }).once('error', () => {
        if (!ended.signal.aborted) count('failed');
        resolve();
      });
    });
    await pause(returnAfterMs - (performance.now() - startedAt));
  }
}

async function pause(ms = returnAfterMs): Promise<void> {
  await delay(Math.max(0, ms), undefined, { signal: ended.signal }).catch(() => undefined);
}

const enough = once(process, 'message').then(() => ended.abort());
process.once('disconnect', () => process.exit());
const numbers = [...Array(Number(connections)).keys()];
const agent = new Agent({ keepAlive: true, maxSockets: numbers.length });
await Promise.all(
  numbers.map(async (nth) => {
    // They do not all come within one millisecond.
    await pause((nth / numbers.length) * returnAfterMs);
    await (sort === 'askers' ? ask(nth, agent) : besiege(nth));
  }),
);
agent.destroy();
await enough;
process.send?.(heard, () => process.disconnect());
