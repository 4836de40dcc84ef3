import { deliveryKinds, type DeliveryKind } from '../../domain/made-events.ts';
import type { SharedValues } from '../../domain/ports.ts';

/** When the newest of each kind came, epoch ms. */
type Seen = Partial<Readonly<Record<DeliveryKind, number>>>;

const noteEveryMs = 60 * 60_000;
/** A kind that stopped so long before the other has been replaced by it. */
const replacedMs = 24 * 60 * 60_000;

/** Which kinds of deliveries come here: an event of the other kind is not missed. */
export function createDeliveryKinds(deps: {
  readonly shared: Pick<SharedValues, 'get' | 'change'>;
  readonly now: () => number;
}) {
  const noted = new Map<DeliveryKind, number>();
  return {
    /** Noted once an hour by each process. */
    async note(kind: DeliveryKind): Promise<void> {
      const now = deps.now();
      const last = noted.get(kind);
      if (last !== undefined && Math.abs(now - last) < noteEveryMs) return;
      noted.set(kind, now);
      await deps.shared.change('deliveryKinds', (text) => JSON.stringify({ ...parse(text), [kind]: now }));
    },
    /** Snapshots where nothing came yet: most destinations bring those. */
    async used(): Promise<readonly DeliveryKind[]> {
      const seen = parse(await deps.shared.get('deliveryKinds'));
      const newest = Math.max(0, ...Object.values(seen));
      const used = deliveryKinds.filter((kind) => (seen[kind] ?? -Infinity) >= newest - replacedMs);
      return newest === 0 ? ['snapshot'] : used;
    },
  };
}

export type DeliveryKinds = ReturnType<typeof createDeliveryKinds>;

function parse(text: string | null): Seen {
  return text === null ? {} : (JSON.parse(text) as Seen);
}
