import type { Logger } from 'pino';
import { leaveLease, renewLease, type PlanFileLease } from '../domain/plan-file/lease.ts';
import type { SharedValues } from '../domain/ports.ts';
import { planFileHashName, planFileLeaseName } from '../domain/shared-names.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { every, type Repeating } from '../every.ts';

const againMs = 1_000;

export interface PlanLease {
  /** null: this process's file counts, as far as is known; else why not, one sentence. */
  problem(): string | null;
  /** Takes part at once: a person had another file loaded. */
  load(): Promise<void>;
  stop(): Promise<void>;
}

export interface LeaseDeps {
  readonly shared: Pick<SharedValues, 'get' | 'set' | 'change'>;
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
  const watch = watchBeats(processId, waits.leaseMs, deps.monotonic);
  let problem: string | null = null;

  const renew = async (deliberate: boolean): Promise<void> => {
    const hash = ownHash();
    const lease = works ? await takePart(hash, deliberate) : parse(await shared.get(planFileLeaseName));
    if (lease === null) return;
    watch.see(lease);
    if (works && lease.hash === hash) await count(hash, lease.generation);
    tell(lease.hash === hash ? null : staleSentence(lease, hash, works));
  };
  const takePart = async (hash: string, deliberate: boolean): Promise<PlanFileLease | null> => {
    const silent = watch.silent();
    const claimant = { processId, hash, deliberate };
    const text = await shared.change(planFileLeaseName, (before) =>
      JSON.stringify(renewLease(parse(before), claimant, silent, deps.now())),
    );
    return parse(text);
  };
  /** The lease is taken before syncs see its hash; whoever died in between does the rest at the next renewal. */
  const count = async (hash: string, generation: number): Promise<void> => {
    const before = await shared.get(planFileHashName);
    if (before === hash) return;
    if (before !== null) await deps.lookAtEveryone(hash);
    await shared.set(planFileHashName, hash);
    log.info({ planFile: hash, generation }, 'this plan file counts from now on');
  };
  const tell = (next: string | null): void => {
    if ((next === null) !== (problem === null)) {
      if (next === null) log.info({ planFile: ownHash() }, 'the plan file of this process counts again');
      else log.error({ planFile: ownHash() }, next);
      deps.onStale(next !== null);
    }
    problem = next;
  };

  const renewing: Repeating = every(
    waits.renewEveryMs,
    () => renew(false),
    (error) => log.warn({ err: error }, 'the lease of the plan file could not be renewed yet'),
    Math.min(againMs, waits.renewEveryMs),
  );
  return {
    problem: () => problem,
    load: () => renew(true),
    async stop() {
      await renewing.stop();
      // Who does not get to say so is missed after the length of the lease.
      if (works) await leave(shared, processId).catch(() => undefined);
    },
  };
}

async function leave(shared: Pick<SharedValues, 'change'>, processId: string): Promise<void> {
  await shared.change(planFileLeaseName, (text) => {
    const lease = parse(text);
    const left = lease === null ? null : leaveLease(lease, processId);
    return left === lease ? (text ?? '') : JSON.stringify(left);
  });
}

/** Which other processes have been silent for the length of the lease, by this process's own clock alone. */
function watchBeats(own: string, leaseMs: number, monotonic: () => number) {
  const seen = new Map<string, { readonly beat: number; readonly at: number }>();
  return {
    see({ holders }: PlanFileLease): void {
      for (const id of seen.keys()) if (!Object.hasOwn(holders, id)) seen.delete(id);
      for (const [id, { beat }] of Object.entries(holders)) {
        if (id !== own && seen.get(id)?.beat !== beat) seen.set(id, { beat, at: monotonic() });
      }
    },
    silent: (): ReadonlySet<string> =>
      new Set([...seen].filter(([, { at }]) => monotonic() - at >= leaseMs).map(([id]) => id)),
  };
}

function parse(text: string | null): PlanFileLease | null {
  return text === null || text === '' ? null : (JSON.parse(text) as PlanFileLease);
}

function staleSentence({ hash, generation, since }: PlanFileLease, own: string, works: boolean): string {
  const newer = `The plan file ${short(hash)} counts since ${new Date(since).toISOString()} (generation ${generation})`;
  return works
    ? `${newer}; this process runs ${short(own)}, which is older, and writes nothing: restart it with the newer file.`
    : `${newer}; this process answers with ${short(own)}: restart it with the file that the workers run.`;
}

function short(hash: string): string {
  return hash.slice(0, 'sha256:'.length + 12);
}
