import type { Limits } from '../domain/identity/identity.ts';

/** Rate limits by name, for comparing: Unkey returns them in random order, and their ids mean nothing to a plan. */
export function limitsByName(
  ratelimits: readonly {
    readonly name: string;
    readonly limit: number;
    readonly duration: number;
    readonly autoApply: boolean;
  }[],
): Limits {
  return Object.fromEntries(
    ratelimits.map(({ name, limit, duration, autoApply }) => [name, { limit, duration, autoApply }]),
  );
}

/** A stable order for showing. By code unit, so that no locale decides. */
export function inOrder<T extends { readonly name: string }>(ratelimits: readonly T[]): T[] {
  return [...ratelimits].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
