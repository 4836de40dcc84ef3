import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { createDowngradeGuard } from '../../src/sync/downgrade-guard.ts';
import { waitFor } from '../support/pipeline.ts';
import { startRedis } from '../support/redis-server.ts';

it('the guard counts over all processes: two of them together let no more fall than one would', async () => {
  const redis = await startRedis();
  const dataDir = await mkdtemp(join(tmpdir(), 'planwire-guard-'));
  const open = () =>
    openStore({
      redisUrl: redis.url,
      dataDir,
      prefix: 'planwire',
      retentionMs: 86_400_000,
      onError: () => undefined,
    });
  const stores = [await open(), await open()];
  try {
    await waitFor(async () =>
      (await Promise.all(stores.map((store) => store.health()))).every(({ ok }) => ok),
    );
    const guards = stores.map(({ shared, customers }) =>
      createDowngradeGuard({ shared, customers, guard: { customers: 25, windowMs: 3_600_000 } }),
    );
    const now = Date.now();
    const asked = Array.from({ length: 80 }, async (_, n) => guards[n % 2]?.({ downgradedAt: null }, now));
    const admitted = (await Promise.all(asked)).filter((may) => may === true);
    expect(admitted).toHaveLength(25);
    expect(await guards[1]?.({ downgradedAt: now }, now + 1), 'who was downgraded may be again').toBe(true);
    expect(await guards[1]?.({ downgradedAt: null }, now + 1), 'nobody else may').toBe(false);
    expect(await guards[0]?.({ downgradedAt: null }, now + 3_660_001), 'the window moves on').toBe(true);
  } finally {
    for (const store of stores) await store.close();
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
