/** Where the database's package lies, for a thread that loads it by itself; `resolve` is `import.meta`'s. A bundle has none. */
export function databasePlace(resolve: ((name: string) => string) | undefined): string {
  if (typeof resolve === 'function') return resolve('@electric-sql/pglite');
  throw new Error(
    "The embedded store cannot be opened from within a bundle: leave planwire out of it (serverExternalPackages: ['planwire'] in Next.js), or give Planwire another store, by REDIS_URL or DATABASE_URL.",
  );
}
