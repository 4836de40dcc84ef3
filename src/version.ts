import { existsSync, readFileSync } from 'node:fs';

/** Of this package: the sources run from `src` in development and from `dist/src` when installed. */
export function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const url = new URL(path, import.meta.url);
    if (existsSync(url)) return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
