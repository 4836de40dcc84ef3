import { setTimeout as delay } from 'node:timers/promises';

/** What a command has of the world. Commands write and set an exit code; only main.ts touches the process. */
export interface CliIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Absent: nobody can be asked. */
  readonly stdin?: NodeJS.ReadableStream;
  readonly env: NodeJS.ProcessEnv;
  /** 0 done, 1 failures found or a call refused, 2 wrong usage, 3 misconfigured. */
  setExitCode(code: number): void;
  /** From here on nobody has to read what is printed: what serves lives longer than its log. */
  goOnUnread?(): void;
  /** Ends commands that would go on for ever; without it a signal to the process does. */
  readonly signal?: AbortSignal;
}

/** Waits until the next look is due; false: the watching is over. */
export async function waits({ signal }: CliIo, ms: number): Promise<boolean> {
  if (signal?.aborted === true) return false;
  return delay(ms, true, signal === undefined ? {} : { signal }).catch(() => false);
}

/** Says why nothing comes of it, a sentence a line. Answers the exit code. */
export function refuse({ stderr }: CliIo, problems: string | readonly string[], code = 1): number {
  for (const problem of [problems].flat()) stderr.write(`${problem}\n`);
  return code;
}
