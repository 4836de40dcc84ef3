import { decode, type Send } from './send.ts';

export function overFetch(fetch: typeof globalThis.fetch): Send {
  return ({ url, headers, body, mostBytes }) => {
    const controller = new AbortController();
    const post = async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        // The root key goes to the address that was configured and to no other.
        redirect: 'manual',
        signal: controller.signal,
      });
      return {
        status: response.status,
        text: await readBounded(response, mostBytes),
        header: (name: string) => response.headers.get(name),
      };
    };
    return { answer: post(), cancel: () => controller.abort() };
  };
}

async function readBounded(response: Response, mostBytes: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) return '';
    chunks.push(chunk);
  }
  return decode(chunks);
}
