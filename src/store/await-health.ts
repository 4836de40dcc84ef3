import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from './store.ts';

const lookEveryMs = 20;

/**
 * How the store is, once it answers; if it does not within `patienceMs`, how it is then. A store that was only just
 * opened may need a moment, and one that is there but was never written to will not become another by waiting.
 */
export async function awaitHealth(
  store: Pick<Store, 'health'>,
  patienceMs: number,
): Promise<Awaited<ReturnType<Store['health']>>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const health = await store.health();
    if (health.ok || health.empty === true || performance.now() >= deadline) return health;
    await delay(lookEveryMs);
  }
}
