import { useSyncExternalStore } from 'react';

/** One clock for the page, so that all relative times move together. */
const tickMs = 1_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = window.setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, tickMs);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(timer);
  };
}

/** What is said of the time, renewed only when it reads otherwise: hundreds of times on a page tick for nothing else. */
export function useTimed(textAt: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => textAt(now));
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
