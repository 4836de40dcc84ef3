#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { runCli } from './cli/program.ts';
import { packageVersion } from './version.ts';

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
