/** Takes the lock of the folder given and keeps it; prints `locked` or why not. */
import { lockDataDir } from '../../../src/store/embedded/data-dir-lock.ts';

try {
  await lockDataDir(process.argv[2] ?? '', { onLost: (error) => console.log(error.message), beatMs: 100 });
  console.log('locked');
} catch (cause) {
  console.log(cause instanceof Error ? cause.message : cause);
}
setInterval(() => undefined, 1_000);
