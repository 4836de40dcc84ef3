import type { Request } from 'express';
import { LRUCache } from 'lru-cache';

const firstDelayMs = 100;
const longestDelayMs = 3_000;
const forgottenAfterMs = 10 * 60_000;
const addressesKept = 1_000;
const answersDelayed = 200;

/**
 * Answers whoever shows a wrong token late, and later with each failure of the address. Whoever shows the right one is
 * never kept waiting, so nobody is locked out; the memory for it is bounded.
 */
export interface SlowRefusal {
  readonly refuse: (req: Request, answer: () => void) => void;
  readonly forget: (req: Request) => void;
}

export function createSlowRefusal(now: () => number): SlowRefusal {
  const failures = new LRUCache<string, number>({
    max: addressesKept,
    ttl: forgottenAfterMs,
    ttlResolution: 0,
    perf: { now },
  });
  let delayed = 0;

  function delayFor(address: string): number {
    const count = (failures.get(address) ?? 0) + 1;
    failures.set(address, count);
    return Math.min(firstDelayMs * 2 ** (count - 1), longestDelayMs);
  }

  return {
    refuse(req, answer) {
      const delayMs = delayFor(addressOf(req));
      if (delayed >= answersDelayed) {
        // Whoever fails this often at once gets no answer at all; waiting ones cost memory.
        req.destroy();
        return;
      }
      delayed += 1;
      setTimeout(() => {
        delayed -= 1;
        answer();
      }, delayMs);
    },
    forget: (req) => void failures.delete(addressOf(req)),
  };
}

function addressOf(req: Request): string {
  return req.socket.remoteAddress ?? '';
}
