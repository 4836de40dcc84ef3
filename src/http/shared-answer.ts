/**
 * The same answer for all who ask within the time, and while it is being found: many probes cost the store no more than
 * one. `now` is monotonic, ms.
 */
export function sharedAnswer<T>(
  keepMs: number,
  find: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let found: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (found === null || now() - found.at >= keepMs) found = { at: now(), answer: find() };
    return found.answer;
  };
}
