#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { runCli } from './cli/program.ts';

/** This file runs from `src` in development and from `dist/src` when installed. */
function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const url = new URL(path, import.meta.url);
    if (existsSync(url)) return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}

/** A `.env` beside the process is how most people keep settings; what is already set wins. */
function loadSettings(): boolean {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    process.stderr.write(
      `planwire: .env cannot be read (${code}); make it a file that this user may read, or remove it.\n`,
    );
    process.exitCode = 3;
    return false;
  }
}

try {
  if (loadSettings())
    await runCli(
      process.argv.slice(2),
      {
        stdout: process.stdout,
        stderr: process.stderr,
        stdin: process.stdin,
        env: process.env,
        setExitCode: (code) => {
          process.exitCode = code;
        },
      },
      packageVersion(),
    );
} catch (error) {
  process.stderr.write(`planwire: ${error instanceof Error ? error.message : 'unknown error'}\n`);
  process.exitCode = 1;
}
