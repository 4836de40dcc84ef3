/** What a command has of the world. Commands write and set an exit code; only main.ts touches the process. */
export interface CliIo {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  /** 0 done, 1 failures found or a call refused, 2 wrong usage, 3 misconfigured. */
  setExitCode(code: number): void;
}
