import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react';

/** Addresses below `/dashboard`: a path and what stands behind the question mark. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const base = '/dashboard';
const listeners = new Set<() => void>();

function told(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', told);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('popstate', told);
  };
}

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search);
  const url = new URL(address, window.location.origin);
  return { path: url.pathname.slice(base.length) || '/', query: url.searchParams };
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', base + to);
  else window.history.replaceState(null, '', base + to);
  told();
}

/** Changes some of what stands behind the question mark; an empty value takes its name away. */
export function goWith(place: Place, changes: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(place.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(text === '' ? place.path : `${place.path}?${text}`, 'replace');
}

/** A link within the page; with a modifier key it opens a tab, as links do. */
export function Link({
  to,
  onClick,
  children,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly to: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={base + to} onClick={follow}>
      {children}
    </a>
  );
}
