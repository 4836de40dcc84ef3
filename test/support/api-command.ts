import { Writable } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';

/** Runs the command line in this process, with an environment of its own. */
export async function runCommand(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [stdout, stderr] = [collect(), collect()];
  let exitCode: number | null = null;
  await runCli(
    argv,
    {
      stdout: stdout.stream,
      stderr: stderr.stream,
      // Nobody's own ~/.unkey/config.toml may decide a test.
      env: { HOME: '/nonexistent', ...env },
      setExitCode: (code) => void (exitCode = code),
    },
    '0.0.0',
  );
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode };
}

function collect() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
