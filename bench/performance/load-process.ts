import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { customerId, eventId } from './ids.ts';

/**
 * A child process that delivers signed events, 4.6 KB each and each with an id of its own, as fast as the answers come
 * (closed loop) or at set times (open loop: one that has to wait for a free connection began when it was due). It tells
 * its parent what it heard; the parent ends it by hanging up.
 */
export interface Load {
  readonly url: string;
  readonly secret: string;
  readonly connections: number;
  readonly seconds: number;
  /** Deliveries a second; 0: closed loop. */
  readonly perSecond: number;
  /** Begins every event's id. */
  readonly prefix: string;
  /** Over how many customers the events are spread. */
  readonly customers: number;
  /** From the number of one event to that of the next; 1 unless told. */
  readonly step?: number;
}

export interface Heard {
  /** Answers 200. */
  readonly acknowledged: number;
  /** Those of them that said so. */
  readonly duplicates: number;
  /** Every other answer, by its status. */
  readonly others: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Of the answers to what was due after the first second, in which this process warms up; ms. */
  readonly p50: number;
  readonly p99: number;
}

/** Of this process, which is new and whose own first turns would pass for lateness of what it measures. */
const warmUpMs = 1_000;

interface Connection {
  readonly socket: Socket;
  heard: string;
  /** When the delivery under way was due; null: idle. */
  dueAt: number | null;
}

process.once('disconnect', () => process.exit());
process.once('message', (load: Load) => void run(load).then((heard) => process.send?.(heard)));

async function run(load: Load): Promise<Heard> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => open(load.url)));
  const { host, pathname } = new URL(load.url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json; charset=utf-8\r\n`;
  const request = prepare(load);
  const statuses = new Map<string, number>();
  const times: number[] = [];
  const waiting: number[] = [];
  const startedAt = performance.now();
  const endAt = startedAt + load.seconds * 1000;
  let sent = 0;
  let duplicates = 0;
  const send = (connection: Connection, dueAt: number): void => {
    connection.dueAt = dueAt;
    connection.socket.write(head + request(sent), 'latin1');
    sent += 1;
  };
  return new Promise((resolve) => {
    const whole = (connection: Connection, status: string): void => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const now = performance.now();
      const dueAt = connection.dueAt ?? startedAt;
      if (dueAt >= startedAt + warmUpMs) times.push(now - dueAt);
      connection.dueAt = null;
      if (load.perSecond === 0 && now < endAt) send(connection, now);
      const due = waiting.shift();
      if (due !== undefined) send(connection, due);
      finishIfDone();
    };
    const finishIfDone = (): void => {
      if (performance.now() >= endAt && connections.every(({ dueAt }) => dueAt === null)) finish();
    };
    const finish = (): void => {
      for (const { socket } of connections) socket.destroy();
      times.sort((a, b) => a - b);
      const { 200: acknowledged = 0, ...others } = Object.fromEntries(statuses);
      const at = (part: number): number => times[Math.ceil(part * times.length) - 1] ?? Number.NaN;
      resolve({
        acknowledged,
        duplicates,
        others,
        seconds: (performance.now() - startedAt) / 1000,
        p50: at(0.5),
        p99: at(0.99),
      });
    };
    for (const connection of connections) {
      connection.socket.on('data', (chunk) => {
        connection.heard += chunk.toString('latin1');
        const status = wholeAnswer(connection.heard);
        if (status === null) return;
        if (connection.heard.includes('"result":"duplicate"')) duplicates += 1;
        connection.heard = '';
        whole(connection, status);
      });
      connection.socket.on('close', () => {
        if (connection.dueAt !== null) whole(connection, 'cut');
      });
      connection.socket.on('error', () => undefined);
    }
    if (load.perSecond === 0) for (const connection of connections) send(connection, performance.now());
    else atSetTimes();

    function atSetTimes(): void {
      let due = startedAt;
      const timer = setInterval(() => {
        for (; due <= Math.min(performance.now(), endAt); due += 1000 / load.perSecond) {
          const idle = connections.find(({ dueAt }) => dueAt === null);
          if (idle === undefined) waiting.push(due);
          else send(idle, due);
        }
        if (performance.now() < endAt) return;
        clearInterval(timer);
        // The last answer may have come before the end.
        finishIfDone();
      }, 1);
    }
  });
}

/** The status, once the answer is whole. */
function wholeAnswer(text: string): string | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + 4 + length ? text.slice(9, 12) : null;
}

/** An event in two halves, around its id. */
const halves = (n: number): readonly [string, string] => {
  const object = {
    id: customerId(n),
    object: 'customer',
    created: 1_700_000_000,
    description: 'x'.repeat(4_100),
    email: null,
    invoice_settings: {},
    livemode: false,
    metadata: { user_id: `user_${n}` },
    name: null,
  };
  const rest = JSON.stringify({
    object: 'event',
    api_version: '2026-09-30.endive',
    created: Math.floor(Date.now() / 1000),
    type: 'customer.updated',
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    data: { object },
  });
  return ['{"id":"', `",${rest.slice(1)}`];
};

const signedAhead = 60_000;

/** The rest of a request after its first lines, signed before the clock starts as far as memory goes. */
function prepare({ prefix, customers, secret, seconds, step = 1 }: Load): (n: number) => string {
  const events = Array.from({ length: customers }, (_, n) => halves(n));
  const body = (n: number): string => {
    const [before, after] = events[(n * step) % customers] ?? ['', ''];
    return `${before}${eventId(prefix, n * step)}${after}`;
  };
  const signed: string[] = [];
  for (let n = 0; n < Math.min(signedAhead, seconds * 12_000); n++) signed.push(signature(secret, body(n)));
  return (n) => {
    const text = body(n);
    return `stripe-signature: ${signed[n] ?? signature(secret, text)}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
  };
}

function signature(secret: string, body: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

function open(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.once('connect', () => resolve({ socket, heard: '', dueAt: null }));
  });
}
