import type { FleetReader, Lane, ListedSubscription, OverridesAsked } from '../../domain/fleet.ts';
import type { Identity, OverrideSetting } from '../../domain/identity/identity.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import type { Budget } from './budget.ts';
import { behind, cut, isInOrder, widest, type IdLane } from './lanes.ts';

/** How far both sides are read: with what was kept of the pages so far, enough to go on after a crash. */
export interface ReadPlace {
  readonly lanes: readonly Lane[];
  readonly identities: readonly IdLane[];
  /** By namespace, each from its cursor on; absent in runs that began before there were any. */
  readonly overrides?: readonly OverridesAsked[];
}

export interface Reading {
  /** Resolves when something has come since the last place, or has ended; not later than after `ms`. */
  wait(ms: number): Promise<void>;
  /** How far it is, of all that has been handed on. */
  place(): ReadPlace;
  /** What ended it before its time. */
  failure(): UpstreamFailure | null;
  stop(): void;
}

/** Stripe answers a page in half a second: so many at once use the budget up. */
const mostLanes = 8;

export interface ReadingPorts {
  readonly fleet: Pick<FleetReader, 'subscriptions' | 'identities' | 'overrides'>;
  readonly stripe: Budget;
  readonly unkey: Budget;
  readonly onSubscriptions: (page: readonly ListedSubscription[]) => void;
  readonly onIdentities: (page: readonly Identity[]) => void;
  readonly onOverrides: (page: readonly OverrideSetting[]) => void;
}

/** What both sides share while they are read. */
interface Progress {
  lanes: readonly Lane[];
  identities: readonly IdLane[];
  overrides: readonly OverridesAsked[];
  failure: UpstreamFailure | null;
  broken: { readonly error: unknown } | null;
  stopped: boolean;
  waiting: (() => void)[];
}

/**
 * Reads both sides at once, in the background: Stripe's list in lanes that are cut as long as fewer are under
 * way than may be, Unkey's in as many as its cursors allow.
 */
export function startReading(ports: ReadingPorts, from: ReadPlace): Reading {
  const { overrides = [] } = from;
  const progress: Progress = { ...from, overrides, failure: null, broken: null, stopped: false, waiting: [] };
  const end = (error: unknown): void => {
    progress.broken ??= { error };
    stop(progress);
  };
  readInLanes(ports, progress, end);
  readIdentities(ports, progress, end);
  for (const asked of overrides) readOverrides(ports, progress, asked).catch(end);
  return {
    async wait(ms) {
      if (!progress.stopped && !isRead(progress)) {
        await arrival(progress, ms);
      }
      if (progress.broken !== null) throw progress.broken.error;
    },
    place: () => {
      const { lanes, identities, overrides } = progress;
      return { lanes, identities, overrides };
    },
    failure: () => progress.failure,
    stop: () => stop(progress),
  };
}

export function isRead({ lanes, identities, overrides = [] }: ReadPlace): boolean {
  return lanes.length + identities.length + overrides.length === 0;
}

function readInLanes(ports: ReadingPorts, progress: Progress, end: (error: unknown) => void): void {
  const busy = new Set<Lane>();
  const replace = (lane: Lane, by: readonly Lane[]): void => {
    progress.lanes = progress.lanes.flatMap((each) => (each === lane ? by : [each]));
  };
  const readOn = async (lane: Lane): Promise<void> => {
    busy.add(lane);
    const answer = await ports.stripe.read(() => ports.fleet.subscriptions(lane));
    busy.delete(lane);
    if (progress.stopped) return;
    if (!answer.ok) return fail(progress, answer.failure);
    const { subscriptions, last } = answer.value;
    ports.onSubscriptions(subscriptions);
    replace(lane, last === null ? [] : [{ ...lane, after: last }]);
    wake(progress);
    pump();
  };
  function pump(): void {
    while (busy.size < mostLanes) {
      const idle = progress.lanes.filter((lane) => !busy.has(lane));
      const free = mostLanes - progress.lanes.length;
      const wide = free > 0 ? widest(idle) : null;
      const parts = wide === null ? null : cut(wide, free + 1);
      if (wide !== null && parts !== null) replace(wide, parts);
      const next = progress.lanes.find((lane) => !busy.has(lane));
      if (next === undefined) return;
      readOn(next).catch(end);
    }
  }
  pump();
}

function readIdentities(ports: ReadingPorts, progress: Progress, end: (error: unknown) => void): void {
  const busy = new Set<IdLane>();
  const readOn = async (lane: IdLane): Promise<void> => {
    busy.add(lane);
    const answer = await ports.unkey.read(() => ports.fleet.identities(lane.from));
    busy.delete(lane);
    // Lanes that were given up for one go on nowhere.
    if (progress.stopped || !progress.identities.includes(lane)) return;
    const cut = lane.to !== null || progress.identities.length > 1;
    const lost = answer.ok
      ? !isInOrder(answer.value.identities, answer.value.next)
      : answer.failure.status === 400;
    if (cut && lost) progress.identities = [{ from: null, to: null, whole: true }];
    else if (!answer.ok) return fail(progress, answer.failure);
    else {
      ports.onIdentities(answer.value.identities);
      const rest = behind(lane, answer.value);
      progress.identities = progress.identities.flatMap((each) => (each === lane ? rest : [each]));
    }
    wake(progress);
    pump();
  };
  function pump(): void {
    for (const lane of progress.identities) if (!busy.has(lane)) readOn(lane).catch(end);
  }
  pump();
}

/** One namespace, page after page: its ids tell nothing of where it could be cut. */
async function readOverrides(ports: ReadingPorts, progress: Progress, from: OverridesAsked): Promise<void> {
  for (let asked: OverridesAsked | null = from; asked !== null;) {
    const of: OverridesAsked = asked;
    const answer = await ports.unkey.read(() => ports.fleet.overrides(of));
    if (progress.stopped) return;
    if (!answer.ok) return fail(progress, answer.failure);
    const { overrides, next } = answer.value ?? { overrides: [], next: null };
    ports.onOverrides(overrides);
    const rest: OverridesAsked | null = next === null ? null : { ...of, cursor: next };
    progress.overrides = progress.overrides.flatMap((each) =>
      each === of ? (rest === null ? [] : [rest]) : [each],
    );
    wake(progress);
    asked = rest;
  }
}

function arrival(progress: Progress, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, ms);
    progress.waiting.push(() => {
      clearTimeout(timeout);
      resolve();
    });
  });
}

function wake(progress: Progress): void {
  for (const go of progress.waiting) go();
  progress.waiting = [];
}

function fail(progress: Progress, failure: UpstreamFailure): void {
  progress.failure ??= failure;
  stop(progress);
}

function stop(progress: Progress): void {
  progress.stopped = true;
  wake(progress);
}
