import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: {
    readonly type: string;
    readonly data: { readonly code?: string } & Readonly<Record<string, unknown>>;
  };
  readonly id: string;
  readonly taken: boolean;
}

type Mood = 'takes' | 'fails' | 'throttles' | 'hangs' | 'cuts' | 'redirects' | 'never ends';

/** Somebody who receives notifications, and is not always well. */
export async function startReceiver() {
  const received: Received[] = [];
  const state: { mood: Mood; refused: string | null } = { mood: 'takes', refused: null };
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = JSON.parse(text) as Received['body'];
    const mood = state.refused !== null && body.data.code === state.refused ? 'fails' : state.mood;
    const taken = mood === 'takes' || mood === 'never ends';
    const id = String(req.headers['webhook-id']);
    received.push({ headers: req.headers, text, body, id, taken });
    switch (mood) {
      case 'takes':
        return res.writeHead(204).end();
      case 'fails':
        return res.writeHead(500).end('no');
      case 'throttles':
        return res.writeHead(429, { 'retry-after': '600' }).end();
      case 'redirects':
        return res.writeHead(307, { location: '/elsewhere' }).end();
      case 'cuts':
        return req.socket.destroy();
      case 'never ends':
        return res.writeHead(200).write('x'.repeat(100_000));
      case 'hangs':
        return undefined;
    }
  };
  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook?token=a-token-in-the-address`,
    received,
    /** The messages that were taken, in order, each once however often it came. */
    messages: () => [
      ...new Map(received.filter(({ taken }) => taken).map((each) => [each.id, each])).values(),
    ],
    be: (mood: Mood) => void (state.mood = mood),
    /** Messages of this code are never taken; null: all may be. */
    refuse: (code: string | null) => void (state.refused = code),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;
