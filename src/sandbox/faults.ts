import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { answerJson, pathOf, readJson, type Headers } from './http.ts';

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

function outcomesOf(fault: { status?: unknown; cut?: unknown; drop?: unknown }): number {
  return Number(fault.status !== undefined) + Number(fault.cut !== undefined) + Number(fault.drop === true);
}

type FaultInput = z.input<typeof faultSchema>;

/** What happens to one call. */
export interface Effect {
  /** Whole milliseconds to wait first; 0 for none. */
  readonly latencyMs: number;
  /** To be answered instead of doing the work (answerFault); null: the work is done. */
  readonly status: number | null;
  readonly headers: Headers;
  /** What to answer with `status`; null: the stand-in's usual error of that status. */
  readonly content: { readonly json: unknown } | { readonly html: string } | null;
  readonly cut: 'before' | 'after' | null;
  /** Answer as usual, store nothing. */
  readonly drop: boolean;
}

export interface Faults {
  /** Throws a FaultRefused with one sentence when the input is no fault, or an array with one that is not. */
  add(input: unknown): readonly ScriptedFault[];
  list(): readonly ScriptedFault[];
  /** Without an id: all of them. Answers whether something was removed. */
  clear(id?: string): boolean;
  /** To be asked once per call; `subject` is the id the call is about, '' when it has none. */
  next(operation: string, subject: string): Effect | null;
}

type ScriptedFault = FaultInput & { readonly id: string; readonly fired: number };

class FaultRefused extends Error {
  override readonly name = 'FaultRefused';
}

interface Entry {
  readonly id: string;
  readonly fault: z.output<typeof faultSchema>;
  readonly random: () => number;
  readonly expiresAt: number;
  fired: number;
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The engine. `random` decides for faults without a seed; `now` gives epoch milliseconds. */
export function createFaults(random: () => number = Math.random, now: () => number = Date.now): Faults {
  let entries: Entry[] = [];
  let count = 0;
  const alive = () =>
    (entries = entries.filter(
      ({ fault, fired, expiresAt }) => now() < expiresAt && fired < (fault.times ?? Number.POSITIVE_INFINITY),
    ));
  const show = ({ id, fault, fired }: Entry): ScriptedFault => ({ id, ...fault, fired });
  return {
    add(input) {
      const added = parseFaults(input).map((fault) => ({
        id: `flt_${++count}`,
        fault,
        random: fault.seed === undefined ? random : seededRandom(fault.seed),
        expiresAt: now() + (fault.expiresAfterMs ?? Number.POSITIVE_INFINITY),
        fired: 0,
      }));
      entries.push(...added);
      return added.map(show);
    },
    list: () => alive().map(show),
    clear(id) {
      const before = entries.length;
      entries = id === undefined ? [] : entries.filter((entry) => entry.id !== id);
      return entries.length < before;
    },
    next(operation, subject) {
      let effect: Effect | null = null;
      for (const entry of alive()) {
        const { fault } = entry;
        if (fault.match !== '*' && fault.match !== operation) continue;
        if (fault.subject !== undefined && !subject.includes(fault.subject)) continue;
        if (outcomesOf(fault) > 0 && effect !== null && hasOutcome(effect)) continue;
        if (fault.rate !== undefined && entry.random() >= fault.rate) continue;
        entry.fired += 1;
        effect = merge(effect, fault, entry.random);
      }
      return effect;
    },
  };
}

function parseFaults(input: unknown): z.output<typeof faultSchema>[] {
  return (Array.isArray(input) ? input : [input]).map((each: unknown, index) => {
    const parsed = faultSchema.safeParse(each);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const place = [...(Array.isArray(input) ? [index] : []), ...(issue?.path ?? [])].join('.');
    throw new FaultRefused(`The fault${place && ` at ${place}`} is not usable: ${issue?.message}.`);
  });
}

function hasOutcome(effect: Effect): boolean {
  return effect.status !== null || effect.cut !== null || effect.drop;
}

function merge(earlier: Effect | null, fault: z.output<typeof faultSchema>, random: () => number): Effect {
  const [min, max] = Array.isArray(fault.latencyMs)
    ? fault.latencyMs
    : [fault.latencyMs ?? 0, fault.latencyMs ?? 0];
  const varied = max > min ? Math.floor(random() * (max - min + 1)) : 0;
  const latencyMs = (earlier?.latencyMs ?? 0) + min + varied;
  if (earlier !== null && outcomesOf(fault) === 0) return { ...earlier, latencyMs };
  return {
    latencyMs,
    status: fault.status ?? null,
    headers: {
      ...fault.headers,
      ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
    },
    content:
      fault.html !== undefined
        ? { html: fault.html }
        : fault.body === undefined
          ? null
          : { json: fault.body },
    cut: fault.cut ?? null,
    drop: fault.drop ?? false,
  };
}

/** Waits out the latency; then answers or cuts where that is the effect. True: the call is dealt with. */
export async function applyBefore(
  response: ServerResponse,
  effect: Effect | null,
  usualBody: (status: number) => unknown,
): Promise<boolean> {
  if (effect === null) return false;
  if (effect.latencyMs > 0) await sleep(effect.latencyMs);
  if (effect.cut === 'before') {
    response.destroy();
    return true;
  }
  if (effect.status === null) return false;
  if (effect.content !== null && 'html' in effect.content) {
    response.writeHead(effect.status, { 'content-type': 'text/html; charset=utf-8', ...effect.headers });
    response.end(effect.content.html);
  } else {
    const body = effect.content === null ? usualBody(effect.status) : effect.content.json;
    answerJson(response, effect.status, body, effect.headers);
  }
  return true;
}

/** The `/_faults` routes. False: the path is not theirs and nothing was done. */
export async function serveFaults(
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, root, id, ...rest] = pathOf(request).split('/');
  if (root !== '_faults' || rest.length > 0) return false;
  if (request.method === 'GET' && id === undefined) {
    answerJson(response, 200, { faults: faults.list() });
  } else if (request.method === 'DELETE') {
    const removed = faults.clear(id);
    if (removed || id === undefined) answerJson(response, 200, { faults: faults.list() });
    else refuse(response, 404, `There is no fault ${id}; GET /_faults lists them.`);
  } else if (request.method === 'POST' && id === undefined) {
    const body = await readJson(request);
    if (!body.ok) {
      refuse(response, 400, body.message);
      return true;
    }
    try {
      answerJson(response, 201, { faults: faults.add(body.value) });
    } catch (error) {
      if (!(error instanceof FaultRefused)) throw error;
      refuse(response, 400, error.message);
    }
  } else {
    refuse(response, 405, 'Faults take POST, GET and DELETE /_faults and DELETE /_faults/ID.');
  }
  return true;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  answerJson(response, status, { error: { message } });
}
