import { textWithin } from '../text-within.ts';
import type { Send } from './send.ts';

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
        text: await textWithin(mostBytes, response),
        header: (name: string) => response.headers.get(name),
      };
    };
    return { answer: post(), cancel: () => controller.abort() };
  };
}
