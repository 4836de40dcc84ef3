import type { z } from 'zod';
import type { Call } from './call.ts';
import { CallFailed, failureOf, MalformedReply } from './failure.ts';
import { listOf } from './wire.ts';

export interface PageParams {
  readonly limit: number;
  readonly starting_after?: string;
}

/** Stripe's largest page. */
export const pageSize = 100;

/** Every element of a list, page by page in Stripe's order; one call each page. `after` goes on behind an element. */
export async function* everyOf<T extends { readonly id: string }>(
  call: Call,
  operation: string,
  element: z.ZodType<T>,
  list: (page: PageParams) => Promise<unknown>,
  after?: string,
): AsyncGenerator<T, void, undefined> {
  let cursor = after;
  for (;;) {
    const params = { limit: pageSize, ...(cursor === undefined ? {} : { starting_after: cursor }) };
    const page = await call(operation, listOf(element), () => list(params));
    yield* page.data;
    const last = page.data.at(-1)?.id;
    if (!page.has_more) return;
    // Asking again would go round for ever, and leaving off would take the rest for absent.
    if (last === undefined || last === cursor) {
      const reply = new MalformedReply('A page says that more follows, and there is no way on from it.');
      throw new CallFailed(failureOf(operation, reply, undefined, Date.now()));
    }
    cursor = last;
  }
}

/** The elements in lots of at most so many. */
export function chunks<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, nth) =>
    all.slice(nth * most, (nth + 1) * most),
  );
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}
