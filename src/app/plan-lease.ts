import type { Logger } from 'pino';
import { followLease, leaveLease, parseLease, renewLease } from '../domain/plan-file/lease.ts';
import type { PlanFileLease } from '../domain/plan-file/lease.ts';
import { look, newWatch } from '../domain/plan-file/lease-watch.ts';
import type { SharedValues } from '../domain/ports.ts';
import { planFileLeaseName } from '../domain/shared-names.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { every, type Repeating } from '../every.ts';
import { iso } from '../domain/iso-time.ts';

const againMs = 1_000;

export interface PlanLease {
  /** null: this process's file counts, as far as is known; else why not, one sentence. */
  problem(): string | null;
  /** Of the file that counts, as far as is known; 0: not known yet. */
  generation(): number;
  /** Takes part at once: a person had another file loaded. Where that fails, it is done as soon as it can be. */
  load(): Promise<void>;
  stop(): Promise<void>;
}

export interface LeaseDeps {
  readonly shared: Pick<SharedValues, 'get' | 'change'>;
  readonly processId: string;
  /** A process that writes nothing anyway only looks on: it must not keep others from writing. */
  readonly works: boolean;
  readonly ownHash: () => string;
  /** Another file counts from now on: every known customer is to be looked at. */
  readonly lookAtEveryone: (hash: string) => Promise<void>;
  /** Told of each change; while stale this process writes nothing. */
  readonly onStale: (stale: boolean) => void;
  readonly waits: Pick<Waits, 'renewEveryMs' | 'leaseMs'>;
  readonly log: Logger;
  readonly now: () => number;
  /** Of this process alone, ms. */
  readonly monotonic: () => number;
}

/** Keeps this process's part in the lease of the plan file, for as long as it runs. */
export function keepPlanLease(deps: LeaseDeps): PlanLease {
  const { shared, processId, works, ownHash, log, waits } = deps;
  const claim = createClaim(deps);
  let generation = 0;
  let problem: string | null = null;

  const renew = async (): Promise<void> => {
    const hash = ownHash();
    const lease = works ? await claim.renew(hash) : parseLease(await shared.get(planFileLeaseName));
    if (lease === null) return;
    if (works && lease.hash === hash) await follow(lease);
    generation = lease.generation;
    tell(lease.hash === hash ? null : staleSentence(lease, hash, works));
  };
  /** Syncs see the new file before everybody is asked for; whoever died in between is followed by the next renewal. */
  const follow = async ({ hash, generation: now, followed }: PlanFileLease): Promise<void> => {
    if (now > generation) log.info({ planFile: hash, generation: now }, 'this plan file counts');
    if (followed >= now) return;
    await deps.lookAtEveryone(hash);
    await changeLease(shared, (lease) => followLease(lease, now));
  };
  const tell = (next: string | null): void => {
    if ((next === null) !== (problem === null)) {
      if (next === null) log.info({ planFile: ownHash() }, 'the plan file of this process counts again');
      else log.error({ planFile: ownHash() }, next);
      deps.onStale(next !== null);
    }
    problem = next;
  };

  // One at a time: a renewal that began with the file before must not end after the one that brings the next.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (): Promise<void> => {
    const turn = last.then(renew);
    last = turn.catch(() => undefined);
    return turn;
  };
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'the lease of the plan file could not be renewed yet');
  const renewing: Repeating = every(
    waits.renewEveryMs,
    inTurn,
    onError,
    Math.min(againMs, waits.renewEveryMs),
  );
  return {
    problem: () => problem,
    generation: () => generation,
    async load() {
      claim.deliberate();
      await inTurn().catch(onError);
    },
    async stop() {
      await renewing.stop();
      await last;
      // Who does not get to say so is missed after the length of the lease.
      if (works) await changeLease(shared, (lease) => leaveLease(lease, processId)).catch(() => undefined);
    },
  };
}

/** What this process says in the lease, and what it saw of the others there. */
function createClaim({ shared, processId, waits, now, monotonic }: LeaseDeps) {
  let watch = newWatch(waits.leaseMs, monotonic());
  let beat = 0;
  let deliberate = false;
  return {
    /** The next renewal that gets through brings the file because a person wants it. */
    deliberate: () => void (deliberate = true),
    async renew(hash: string): Promise<PlanFileLease | null> {
      const claimant = { processId, hash, beat: (beat += 1), deliberate };
      deliberate = false;
      const lookedAt = monotonic();
      let seen = watch;
      try {
        const text = await shared.change(planFileLeaseName, (before) => {
          const lease = parseLease(before);
          seen = look(watch, lease?.holders ?? {}, lookedAt);
          return JSON.stringify(renewLease(lease, claimant, seen, now()));
        });
        watch = seen;
        return parseLease(text);
      } catch (error) {
        deliberate ||= claimant.deliberate;
        throw error;
      }
    },
  };
}

async function changeLease(
  shared: Pick<SharedValues, 'change'>,
  transition: (lease: PlanFileLease) => PlanFileLease,
): Promise<void> {
  await shared.change(planFileLeaseName, (text) => {
    const lease = parseLease(text);
    const next = lease === null ? null : transition(lease);
    return next === lease ? (text ?? '') : JSON.stringify(next);
  });
}

function staleSentence({ hash, generation, since }: PlanFileLease, own: string, works: boolean): string {
  const newer = `The plan file ${short(hash)} counts since ${iso(since)} (generation ${generation})`;
  return works
    ? `${newer}; this process runs ${short(own)}, which is older, and writes nothing: restart it with the newer file.`
    : `${newer}; this process answers with ${short(own)}: restart it with the file that the workers run.`;
}

function short(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}
