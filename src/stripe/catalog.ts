import type { Stripe } from 'stripe';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import type { Product } from '../domain/subscription.ts';
import { answering, type Call } from './call.ts';
import { CallFailed } from './failure.ts';
import { chunks, collect, everyOf, pageSize } from './paging.ts';
import { catalogPriceFrom, catalogPriceWire, listOf, productWire } from './wire.ts';

export interface Catalog {
  /** One entry for each id asked for; a deleted product has no metadata. Traces are of calls made for this caller. */
  products(ids: readonly string[]): Promise<Answer<ReadonlyMap<string, Product>>>;
  /** A number other than the last one empties the cache: all processes share it, and product events raise it. */
  setEpoch(epoch: number): void;
  /** Every active price of the account with its product, read afresh. */
  listActivePrices(): Promise<Answer<readonly ActivePrice[]>>;
}

type ActivePrice = ReturnType<typeof catalogPriceFrom>;

export interface CatalogOptions {
  /** How long an entry may be used: what a lost product event can cost. Milliseconds. */
  readonly maxAgeMs?: number;
  readonly maxEntries?: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

type Batch = Promise<Answer<ReadonlyMap<string, Product>>>;

/** Replaced whole with the epoch, so that an answer asked for before cannot get into the cache afterwards. */
interface Generation {
  readonly entries: LRUCache<string, Product>;
  readonly underWay: Map<string, Batch>;
}

export function createCatalog(client: Stripe, options: CatalogOptions = {}): Catalog {
  const { maxAgeMs = 600_000, maxEntries = 10_000, now = Date.now } = options;
  const blank = (): Generation => ({
    entries: new LRUCache({ max: maxEntries, ttl: maxAgeMs, ttlResolution: 0, perf: { now } }),
    underWay: new Map(),
  });
  let generation = blank();
  let currentEpoch: number | null = null;

  const fetchBatch = async (into: Generation, ids: readonly string[]): Batch => {
    try {
      const answer = await readProducts(client, ids);
      if (answer.ok) for (const [id, product] of answer.value) into.entries.set(id, product);
      return answer;
    } finally {
      for (const id of ids) into.underWay.delete(id);
    }
  };

  return {
    async products(ids) {
      const current = generation;
      const found = new Map<string, Product>();
      const missing: string[] = [];
      const joined = new Set<Batch>();
      for (const id of new Set(ids)) {
        const product = current.entries.get(id);
        const batch = current.underWay.get(id);
        if (product !== undefined) found.set(id, product);
        else if (batch === undefined) missing.push(id);
        else joined.add(batch);
      }
      // `products.list` takes at most a page of ids, and no cursor with them.
      const own = chunks(missing, pageSize).map((chunk) => {
        const batch = fetchBatch(current, chunk);
        for (const id of chunk) current.underWay.set(id, batch);
        return batch;
      });
      return combine(found, await Promise.all(own), await Promise.all(joined));
    },
    setEpoch(epoch) {
      if (epoch === currentEpoch) return;
      currentEpoch = epoch;
      generation = blank();
    },
    listActivePrices: () => readActivePrices(client),
  };
}

function combine(
  found: Map<string, Product>,
  own: readonly Answer<ReadonlyMap<string, Product>>[],
  joined: readonly Answer<ReadonlyMap<string, Product>>[],
): Answer<ReadonlyMap<string, Product>> {
  const requests: RequestTrace[] = own.flatMap((answer) => answer.requests);
  for (const answer of [...own, ...joined]) {
    if (!answer.ok) return { ok: false, failure: answer.failure, requests };
    for (const [id, product] of answer.value) found.set(id, product);
  }
  return { ok: true, value: found, requests };
}

/** Inactive products are listed by id like all others; deleted ones are not. */
function readProducts(client: Stripe, ids: readonly string[]): Batch {
  return answering(client, async (call) => {
    const listed = new Map((await productsById(client, call, ids)).map((product) => [product.id, product]));
    return new Map(ids.map((id) => [id, { id, metadata: listed.get(id)?.metadata ?? {} }]));
  });
}

/** Stand-ins of Stripe that know no list by id are asked for each. */
async function productsById(
  client: Stripe,
  call: Call,
  ids: readonly string[],
): Promise<readonly z.output<typeof productWire>[]> {
  const send = () => client.products.list({ ids: [...ids], limit: pageSize });
  try {
    return (await call('products.list', listOf(productWire), send)).data;
  } catch (error) {
    if (!(error instanceof CallFailed && error.failure.status === 400)) throw error;
  }
  const found: z.output<typeof productWire>[] = [];
  for (const id of ids)
    found.push(await call('products.retrieve', productWire, () => client.products.retrieve(id)));
  return found;
}

function readActivePrices(client: Stripe): Promise<Answer<readonly ActivePrice[]>> {
  return answering(client, async (call) => {
    const prices = await collect(
      everyOf(call, 'prices.list', catalogPriceWire, (page) =>
        client.prices.list({ active: true, expand: ['data.product'], ...page }),
      ),
    );
    return prices.map(catalogPriceFrom);
  });
}
