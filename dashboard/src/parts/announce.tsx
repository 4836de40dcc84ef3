import { useSyncExternalStore } from 'react';

/** One place for short messages: seen in a corner, and read out by a screen reader. */
const shownMs = 3_000;
const listeners = new Set<() => void>();
let message = '';
let timer: number | undefined;

export function announce(text: string): void {
  message = text;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => set(''), shownMs);
  set(text);
}

function set(text: string): void {
  message = text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Announcements() {
  const text = useSyncExternalStore(subscribe, () => message);
  return (
    <div className="toast" role="status" aria-live="polite">
      {text}
    </div>
  );
}
