import { ApiRefusal, invalid } from './refusals.ts';
import type { Query } from './query.ts';

/** Cursor paging as Stripe has it: newest first, 1 to 100 at a time, 10 unless told. */
export interface Paged<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
}

export function paged<T extends { readonly id: string }>(
  rows: readonly T[],
  query: Query,
  noun: string,
): Paged<T> {
  const limit = limitOf(query);
  const after = query.text('starting_after');
  const before = query.text('ending_before');
  if (after !== undefined && before !== undefined) {
    throw invalid('Received both starting_after and ending_before parameters. Please pass in only one.');
  }
  if (before !== undefined) {
    const end = indexOf(rows, before, 'ending_before', noun);
    const start = Math.max(0, end - limit);
    return { data: rows.slice(start, end), has_more: start > 0 };
  }
  const start = after === undefined ? 0 : indexOf(rows, after, 'starting_after', noun) + 1;
  return { data: rows.slice(start, start + limit), has_more: start + limit < rows.length };
}

function limitOf(query: Query): number {
  const text = query.text('limit') ?? '10';
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > 100) {
    throw invalid(`Invalid limit: ${text}. It must be between 1 and 100.`, { param: 'limit' });
  }
  return limit;
}

function indexOf(rows: readonly { readonly id: string }[], id: string, param: string, noun: string): number {
  const index = rows.findIndex((row) => row.id === id);
  if (index !== -1) return index;
  throw new ApiRefusal(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${noun}: '${id}'`,
    param,
  });
}
