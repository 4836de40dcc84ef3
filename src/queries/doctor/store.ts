import type { UpstreamState } from '../../domain/upstream/circuit.ts';
import type { ProcessView } from '../../domain/views/stats.ts';
import { checksOf, type Check } from './check.ts';
import { capital, counted, listed } from '../../domain/words.ts';

const { ok, warn, fail } = checksOf('planwire');

interface Health {
  readonly ok: boolean;
  readonly detail?: string;
  readonly warnings: readonly string[];
  readonly empty?: boolean;
  readonly evicts?: boolean;
}

/** What was found in the store; null where nobody could look into it. */
export interface StoreSetup {
  readonly health: Health;
  /** Of a small read, ms. */
  readonly latencyMs: number;
  readonly lookedInto: {
    readonly processes: readonly ProcessView[];
    /** Hash of the plan file that counts; null: there is none yet. */
    readonly counts: { readonly hash: string; readonly generation: number } | null;
    readonly paused: readonly UpstreamState[];
    /** Age of the job that waits longest, ms. */
    readonly oldestMs: number | null;
  } | null;
}

const slowMs = 100;

export function storeChecks({ health, latencyMs }: StoreSetup): readonly Check[] {
  if (health.empty === true) {
    return [
      warn(
        'store',
        'The store answers and has no tables yet.',
        'planwire start makes them, or planwire migrate where it is started with --no-migrate; restore them if there were some.',
      ),
    ];
  }
  if (!health.ok) {
    return [
      fail(
        'store',
        health.detail ?? 'The store does not answer.',
        'See that REDIS_URL or DATABASE_URL is right and that the store runs; planwire migrate makes what PostgreSQL lacks.',
      ),
    ];
  }
  const answers = `The store answers in ${Math.max(1, Math.round(latencyMs))} ms`;
  return [
    latencyMs < slowMs
      ? ok('store', `${answers}.`)
      : warn('store', `${answers}: a sync asks it about ten times.`, 'Run Planwire near its store.'),
    ...health.warnings.map((sentence) => warningCheck(sentence, health.evicts === true)),
  ];
}

/** The store's own sentences have the remedy behind a colon or in a sentence of its own. */
function warningCheck(sentence: string, evicts: boolean): Check {
  const evicting = evicts && sentence.includes('maxmemory-policy');
  const [, detail = sentence, remedy = 'docs/operations.md says what each store survives.'] =
    (evicting ? /^(.*): (set .*)$/ : /^(.*?[.:]) ((?:Set|Look|set|look) .*)$/).exec(sentence) ?? [];
  const said = capital(remedy);
  return evicting ? fail('store.evicts', `${detail}.`, said) : warn('store.durable', detail, said);
}

/** Who works, and with which plan file. `ownHash`: of the file that doctor has; null: it cannot be read. */
export function processChecks(found: StoreSetup['lookedInto'], ownHash: string | null): readonly Check[] {
  if (found === null) return [];
  const { processes } = found;
  if (processes.length === 0) {
    return [warn('processes', 'No process of Planwire runs on this store.', 'Run planwire start.')];
  }
  const workers = processes.filter(({ roles }) => roles.includes('workers'));
  return [
    workers.length > 0
      ? ok(
          'workers',
          `${counted(processes.length, 'process')} alive, ${workers.length} of them with workers.`.replace(
            'processs',
            'processes',
          ),
        )
      : fail('workers', 'Servers take deliveries, and no worker works them off.', 'Run planwire worker.'),
    planFileCheck(found, ownHash),
    ...versionChecks(processes),
    ...pausedChecks(found.paused),
    queueCheck(found.oldestMs),
  ];
}

function planFileCheck(
  { processes, counts }: NonNullable<StoreSetup['lookedInto']>,
  ownHash: string | null,
): Check {
  const hash = counts?.hash ?? ownHash;
  const behind = processes.filter(({ planFile }) => planFile !== hash);
  if (behind.length > 0) {
    return fail(
      'plan_file.processes',
      `${listed(behind.map(({ host, processId }) => `${processId} on ${host}`))} runs another plan file than the one that counts${counts === null ? '' : ` (generation ${counts.generation})`}, and writes nothing.`,
      'Give it the newer plan file and restart it.',
    );
  }
  if (ownHash !== null && ownHash !== hash) {
    return warn(
      'plan_file.processes',
      'The plan file here is not the one that the running processes have.',
      'Restart them with this one, or set PLANS_FILE to theirs.',
    );
  }
  return ok('plan_file.processes', 'Every process runs the plan file that counts.');
}

function versionChecks(processes: readonly ProcessView[]): readonly Check[] {
  const versions = [...new Set(processes.map(({ version }) => version))];
  if (versions.length < 2) return [];
  return [
    warn(
      'versions',
      `Processes of versions ${versions.join(' and ')} run on one store.`,
      'Restart the older ones.',
    ),
  ];
}

function pausedChecks(paused: readonly UpstreamState[]): readonly Check[] {
  return paused.map(({ state, operation, code, remedy }) => {
    const detail = `Syncs wait since ${operation} was refused (${code}).`;
    return state === 'misconfigured'
      ? fail('queues.paused', detail, remedy ?? 'planwire outcomes says more.')
      : warn('queues.paused', detail, 'It passes by itself; lower SYNC_RATE_PER_SECOND if it comes back.');
  });
}

const lateMs = 120_000;

function queueCheck(oldestMs: number | null): Check {
  if (oldestMs === null || oldestMs < lateMs) return ok('queues', 'No job waits for long.');
  const minutes = Math.round(oldestMs / 60_000);
  return fail(
    'queues',
    `A job waits since ${minutes} min: nobody works it off, or not fast enough.`,
    'Look at planwire failing and at the log of the workers; run another planwire worker.',
  );
}
