import { z } from 'zod';

/**
 * Scripted trouble for the stand-ins. A fault says which calls it meets and what happens to them:
 *
 *     POST /_faults   {"match":"identities.updateIdentity","times":2,"status":503,"retryAfter":"1"}
 *     POST /_faults   [{"match":"*","latencyMs":[20,80]},{"match":"identities.getIdentity","rate":0.1,"seed":7,"cut":"before"}]
 *     GET  /_faults   {"faults":[{"id":"flt_1","match":"…",…,"fired":1}]}
 *     DELETE /_faults             clears all, DELETE /_faults/flt_1 one
 *
 * Which calls:
 * - `match`: the operation's name (`identities.updateIdentity`, `subscriptions.list`), or `*` for every one
 * - `subject`: meets only calls whose id (identity, customer …) contains this text
 * - `times`: the next N calls only · `rate`: each call with this probability (0 to 1), from `seed` if reproducible
 * - `expiresAfterMs`: the fault is forgotten that long after it was scripted
 *
 * What happens, at least one of them:
 * - `latencyMs`: whole milliseconds or [min, max]; waited before anything else
 * - `status`: answered instead of doing the work; with `retryAfter` (header text, as given), `headers`, and `body`
 *   (JSON) or `html`, without which the stand-in answers its upstream's usual error of that status
 * - `cut`: the connection is destroyed without an answer, `before` the work is done or `after`
 * - `drop`: answered 200 as usual, but nothing is stored
 *
 * Latencies of several faults add up; of the other effects the fault scripted first wins, and later ones are not spent.
 */

const delay = z.number().int().min(0).max(600_000);

const latencyRange = z
  .tuple([delay, delay])
  .refine(([min, max]) => min <= max, { error: 'the shorter latency comes first' });

const faultSchema = z
  .strictObject({
    match: z.string().min(1),
    subject: z.string().min(1).optional(),
    times: z.number().int().min(1).optional(),
    rate: z.number().min(0).max(1).optional(),
    seed: z.number().int().optional(),
    status: z.number().int().min(200).max(599).optional(),
    retryAfter: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.json().optional(),
    html: z.string().optional(),
    latencyMs: z.union([delay, latencyRange]).optional(),
    cut: z.enum(['before', 'after']).optional(),
    drop: z.boolean().optional(),
    expiresAfterMs: z.number().int().min(1).optional(),
  })
  .refine((fault) => outcomesOf(fault) > 0 || fault.latencyMs !== undefined, {
    error: 'one of latencyMs, status, cut and drop must say what happens',
  })
  .refine((fault) => outcomesOf(fault) <= 1, {
    error: 'only one of status, cut and drop can happen to a call',
  });

/** How many of the things that end a call the fault names. */
export function outcomesOf(fault: { status?: unknown; cut?: unknown; drop?: unknown }): number {
  return Number(fault.status !== undefined) + Number(fault.cut !== undefined) + Number(fault.drop === true);
}

export type Fault = z.output<typeof faultSchema>;

/** A fault as it was scripted, and how often it has fired. */
export type ScriptedFault = z.input<typeof faultSchema> & { readonly id: string; readonly fired: number };

export class FaultRefused extends Error {
  override readonly name = 'FaultRefused';
}

/** Throws a FaultRefused with one sentence. */
export function parseFaults(input: unknown): Fault[] {
  return (Array.isArray(input) ? input : [input]).map((each: unknown, index) => {
    const parsed = faultSchema.safeParse(each);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const place = [...(Array.isArray(input) ? [index] : []), ...(issue?.path ?? [])].join('.');
    throw new FaultRefused(`The fault${place && ` at ${place}`} is not usable: ${issue?.message}.`);
  });
}
