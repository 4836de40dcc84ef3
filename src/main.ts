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

/** As a shell tells of a command whose reader has gone. */
const unread = 141;
let endsUnread = true;

/**
 * Whoever read what is printed has gone: `| head` has enough, a collector of logs is started anew. A command ends
 * without a word, as any other does there; what serves goes on.
 */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (endsUnread) process.exit(unread);
  });
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
        goOnUnread: () => {
          endsUnread = false;
        },
      },
      packageVersion(),
    );
} catch (error) {
  process.stderr.write(`planwire: ${error instanceof Error ? error.message : 'unknown error'}\n`);
  process.exitCode = 1;
}
