/** What the adapters need of PostgreSQL; `pg.Pool` and PGlite fit as they are. Each call may take another connection. */
export interface Sql {
  // The caller names the row, as with pg and PGlite themselves.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  query<R>(text: string, params?: unknown[]): Promise<{ rows: R[] }>;
}

/** The quoted name of a schema. Throws one sentence for a name that could not be quoted safely everywhere. */
export function quoteSchema(name: string): string {
  // PostgreSQL cuts names at 63 bytes without an error, and two installations would share one schema.
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(name)) {
    throw new Error(
      'The schema name must be 1 to 63 letters, digits, "_" or "-", beginning with a letter or "_": change STORE_PREFIX.',
    );
  }
  return `"${name}"`;
}

/** PostgreSQL's text cannot hold U+0000, which JSON from outside may carry; ids with it stay findable all the same. */
export function storable(text: string): string;
export function storable(text: string | null): string | null;
export function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD');
}
