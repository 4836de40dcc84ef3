import type { Request } from 'express';

const firstDelayMs = 100;
const longestDelayMs = 3_000;
const forgottenAfterMs = 10 * 60_000;
const addressesKept = 1_000;
const answersDelayed = 200;

interface Failures {
  readonly count: number;
  readonly at: number;
}

/**
 * Answers whoever shows a wrong token late, and later with each failure of the address. Whoever shows the right one is
 * never kept waiting, so nobody is locked out; the memory for it is bounded.
 */
export interface SlowRefusal {
  readonly refuse: (req: Request, answer: () => void) => void;
  readonly forget: (req: Request) => void;
}

export function createSlowRefusal(now: () => number): SlowRefusal {
  const failures = new Map<string, Failures>();
  let delayed = 0;

  function delayFor(address: string): number {
    const before = failures.get(address);
    const count = before !== undefined && now() - before.at < forgottenAfterMs ? before.count + 1 : 1;
    // Deleting first moves the address to the end: the ones longest without a failure are forgotten first.
    failures.delete(address);
    failures.set(address, { count, at: now() });
    for (const oldest of failures.keys()) {
      if (failures.size <= addressesKept) break;
      failures.delete(oldest);
    }
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
