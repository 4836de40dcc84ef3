import { z } from 'zod';

const readyWire = z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() }));

const patienceMs = 5_000;

/** What the process at this address says of itself; null: none answers that is a Planwire. */
export async function readRunning(address: string): Promise<z.output<typeof readyWire> | null> {
  try {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    const parsed = readyWire.safeParse(await response.json());
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
