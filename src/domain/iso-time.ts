/** A time as answers, logs and sentences have it; from epoch milliseconds. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** The same with these fields, which are epoch milliseconds, as text. */
export function withTimes<T extends object, Name extends keyof T>(
  value: T,
  ...names: readonly Name[]
): Omit<T, Name> & { readonly [N in Name]: string | Extract<T[N], null> } {
  const times = names.map((name) => [name, isoOrNull(value[name] as number | null)] as const);
  return { ...value, ...(Object.fromEntries(times) as { [N in Name]: string | Extract<T[N], null> }) };
}

export function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
