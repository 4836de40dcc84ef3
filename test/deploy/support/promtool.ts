import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What Debian's package `prometheus` has; scripts/test.sh installs it. Without it these tests fail. */
export async function promtool(
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    const { stdout, stderr } = await run('promtool', args);
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const failed = error as Error & { code?: unknown; stdout?: string; stderr?: string };
    if (failed.code === 'ENOENT')
      throw new Error('promtool is missing: apt-get install prometheus', { cause: error });
    return { ok: false, text: `${failed.stdout}${failed.stderr}` };
  }
}
