import type { Command } from 'commander';
import { inAccount } from '../../domain/accounts.ts';
import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import {
  matchCatalog,
  type Catalogue,
  type CatalogPrice,
  type TrialPrice,
} from '../../domain/plan-file/match-catalog.ts';
import { matchedBy } from '../../domain/plan-file/match.ts';
import { formatProblem, readPlanFile } from '../../plan-file/load.ts';
import type { LoadedPlanFile } from '../../plan-file/load.ts';
import { refuse, type CliIo } from '../io.ts';
import { catalogFailures, catalogLines, trialsOf, type Catalog } from '../print/check-catalog.ts';
import { printJson } from '../print/format.ts';
import { printable } from '../print/printable.ts';
import { upstreamProblem } from '../print/upstream-problem.ts';
import { counted } from '../../domain/words.ts';

/** Reads every active price of the Stripe accounts that the environment names. */
export type ListActivePrices = (env: NodeJS.ProcessEnv) => Promise<
  | {
      readonly ok: true;
      readonly prices: Answer<Catalogue>;
      /** Prices of trial offers, by id, and what each turns into. */
      readonly trialPrices: Answer<readonly TrialPrice[]>;
      /** Archived prices that customers still have, of those that concern whoever asks. */
      readonly archivedInUse: (
        concern: (price: CatalogPrice) => boolean,
      ) => Promise<Answer<{ readonly prices: readonly CatalogPrice[]; readonly notAsked: number }>>;
    }
  | { readonly ok: false; readonly problems: readonly string[] }
>;

interface CheckOptions {
  readonly plans?: string;
  readonly stripe?: boolean;
  readonly json?: boolean;
}

/** What `check --json` prints. */
interface Report {
  readonly ok: boolean;
  readonly file: string;
  readonly hash: string | null;
  readonly problems: readonly unknown[];
  readonly warnings: readonly unknown[];
  readonly catalog: Catalog | null;
}

export function register(program: Command, io: CliIo, listActivePrices: ListActivePrices): void {
  program
    .command('check')
    .description('look for mistakes in the plan file')
    .option('--plans <file>', 'the plan file (default: PLANS_FILE, else plans.yaml)')
    .option('--stripe', 'also compare it with every active price in Stripe (needs STRIPE_SECRET_KEY)')
    .option('--json', 'print one JSON object')
    .action(async (options: CheckOptions) => {
      const file = options.plans ?? (io.env['PLANS_FILE'] || 'plans.yaml');
      const loaded = await readPlanFile(file);
      if (!loaded.ok || options.stripe !== true) return printed(io, options, file, loaded, null);
      const read = await listActivePrices(io.env);
      if (!read.ok) return io.setExitCode(refuse(io, read.problems, 3));
      const unread = (what: string, failure: UpstreamFailure): void =>
        io.setExitCode(refuse(io, upstreamProblem(what, failure)));
      if (!read.prices.ok) return unread('Stripe did not answer with its prices', read.prices.failure);
      const { planFile } = loaded;
      const archived = await read.archivedInUse((price) => {
        const { plans, addons } = matchedBy(planFile, price, price.account ?? null);
        return plans.length + addons.length === 0;
      });
      if (!archived.ok) return unread('Stripe did not say who has archived prices', archived.failure);
      const { prices, notAsked } = archived.value;
      const catalogue = read.prices.value;
      const match = matchCatalog(planFile, catalogue.prices, catalogue);
      if (!read.trialPrices.ok) {
        return unread('Stripe did not answer with its trial offers', read.trialPrices.failure);
      }
      const trials = trialsOf(planFile, match, catalogue.prices, read.trialPrices.value);
      const onTrial = new Set(trials.map(({ account, price }) => inAccount(account ?? null, price)));
      const unmatched = match.unmatched.filter(
        ({ account, price }) => !onTrial.has(inAccount(account ?? null, price.id)),
      );
      return printed(io, options, file, loaded, {
        ...match,
        unmatched,
        trials,
        archived: prices,
        archivedNotAsked: notAsked,
        notRead: catalogue.notRead,
      });
    });
}

function printed(
  io: CliIo,
  options: CheckOptions,
  file: string,
  loaded: LoadedPlanFile,
  catalog: Catalog | null,
): void {
  const failing = loaded.ok && catalog !== null && catalogFailures(loaded.planFile, catalog) > 0;
  const ok = loaded.ok && !failing;
  io.setExitCode(ok ? 0 : 1);
  if (options.json === true) {
    const report: Report = {
      ok,
      file,
      hash: loaded.ok ? loaded.hash : null,
      problems: loaded.ok ? [] : loaded.problems,
      warnings: loaded.ok ? loaded.warnings : [],
      catalog,
    };
    printJson(io.stdout, report);
    return;
  }
  const lines = loaded.ok ? goodLines(file, loaded, catalog) : badLines(file, loaded);
  io.stdout.write(`${printable(lines).join('\n')}\n`);
}

function badLines(file: string, { problems }: Extract<LoadedPlanFile, { ok: false }>): readonly string[] {
  return [...problems.map(formatProblem), `${file} has ${counted(problems.length, 'problem')}.`];
}

function goodLines(
  file: string,
  { planFile, warnings }: Extract<LoadedPlanFile, { ok: true }>,
  catalog: Catalog | null,
): readonly string[] {
  const plans = counted(Object.keys(planFile.plans).length, 'plan');
  const failures = catalog === null ? 0 : catalogFailures(planFile, catalog);
  const addons = counted(Object.keys(planFile.addons).length, 'add-on');
  const found = [
    ...warnings.map((warning) => `warning: ${formatProblem(warning)}`),
    ...(catalog === null ? [] : catalogLines(planFile, catalog)),
  ];
  const warned = found.filter((line) => line.startsWith('warning: ')).length;
  return [
    ...found,
    failures === 0
      ? `${file} can be used: ${plans}, ${addons}, ${counted(warned, 'warning')}.`
      : `${file} does not fit the prices in Stripe: ${counted(failures, 'problem')}.`,
  ];
}
