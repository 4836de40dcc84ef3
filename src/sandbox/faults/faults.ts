import type { Headers } from '../http.ts';
import { seededRandom } from '../random.ts';
import { outcomesOf, parseFaults, type Fault, type ScriptedFault } from './fault.ts';

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

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  readonly random: () => number;
  readonly expiresAt: number;
  fired: number;
}

/** The engine. `random` decides for faults without a seed; `now` gives epoch milliseconds. */
export function createFaults(random: () => number, now: () => number): Faults {
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

function hasOutcome(effect: Effect): boolean {
  return effect.status !== null || effect.cut !== null || effect.drop;
}

function merge(earlier: Effect | null, fault: Fault, random: () => number): Effect {
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
