const email = /[^\s@"'<>(),;:]+@[^\s@"'<>(),;:]+\.[a-z]{2,}/gi;
const shortestSecret = 8;

/** A text of an upstream without what must not travel on: our own secrets, wherever they occur, and e-mail addresses. */
export type Scrub = (text: string) => string;

export function createScrub(secrets: readonly string[]): Scrub {
  // The longest first: one may be a part of another.
  const known = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text).replace(email, '[e-mail]');
}
