import { createHmac } from 'node:crypto';
import { request, type Agent } from 'node:http';

const answerTimeoutMs = 20_000;

/** `t=…,v1=…` with a signature for each secret, as Stripe signs while one is being rolled. */
function signatureHeader(body: string, secrets: readonly string[], atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
  );
  return [`t=${seconds}`, ...signatures].join(',');
}

/** Every attempt is signed anew. Whatever goes wrong with the connection is a delivery that failed. */
export function post(
  agent: Agent,
  url: string,
  payload: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
  atMs: number,
): Promise<{ status: number | null; answer: unknown }> {
  // Stripe's bodies are indented; whoever signs a re-serialised one does not get through.
  const body = JSON.stringify(payload, null, 2);
  return new Promise((resolve) => {
    const failed = () => resolve({ status: null, answer: null });
    const outgoing = request(url, {
      method: 'POST',
      agent,
      timeout: answerTimeoutMs,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signatureHeader(body, secrets, atMs),
      },
    });
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? null, answer: parsed(text) }));
      response.on('error', failed);
      response.on('close', failed);
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
