import { isOrganisation } from '../../domain/accounts.ts';
import { matchCatalog, nameOfPrice, type Catalogue } from '../../domain/plan-file/match-catalog.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { apiKeysPage } from '../../domain/upstream/pages.ts';
import { checksOf, type Check } from './check.ts';
import { counted, listed } from '../../domain/words.ts';

const { ok, warn, fail } = checksOf('stripe');

/** What the key says of itself. */
export function keyCheck(secretKey: string): Check {
  const mode = secretKey.includes('_live_') ? 'live' : 'test';
  const others = mode === 'live' ? 'test' : 'live';
  const whose = isOrganisation(secretKey) ? ' of an organisation' : '';
  const said = `The key${whose} is of ${mode} mode: events of ${others} mode are ignored.`;
  if (!secretKey.startsWith('sk_live_')) return ok('mode', said);
  return warn(
    'mode',
    `${said} It may do everything in the account.`,
    `Replace it by a restricted key with read permissions alone: ${apiKeysPage}.`,
  );
}

/** Stripe's signatures carry a time, which may be five minutes from ours. */
const refusedMs = 300_000;
const noticedMs = 30_000;

export function clockCheck(skewMs: number | null): readonly Check[] {
  if (skewMs === null) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds * 1000 < noticedMs) return [ok('clock', 'The clock of this machine is that of Stripe.')];
  const where = skewMs > 0 ? 'behind' : 'ahead of';
  const detail = `The clock of this machine is ${seconds} s ${where} Stripe's`;
  const remedy = 'Set the clock of this machine, and keep it right with NTP.';
  return [
    seconds * 1000 < refusedMs
      ? warn('clock', `${detail}.`, remedy)
      : fail('clock', `${detail}: signatures of deliveries are refused, or old ones accepted.`, remedy),
  ];
}

/** Every active recurring price should have its place in the plan file. */
export function priceChecks(planFile: PlanFile, read: Answer<Catalogue>): readonly Check[] {
  // What kept them from being read is a check of its own.
  if (!read.ok) return [];
  const { unmatched, ambiguous } = matchCatalog(planFile, read.value.prices);
  const [twice] = ambiguous;
  const checks: Check[] = [];
  if (unmatched.length > 0) {
    const say = planFile.unmapped === 'fail' ? fail : warn;
    const who = planFile.unmapped === 'fail' ? 'fails' : 'gets the fallback';
    checks.push(
      say(
        'prices.mapped',
        `${counted(unmatched.length, 'active recurring price')} in no plan and no add-on: ${listed(unmatched.map((price) => nameOfPrice(price)))}; whoever has one ${who}.`,
        'Add them to a match of the plan file, or archive them in Stripe; planwire check --stripe names each.',
      ),
    );
  }
  if (twice !== undefined) {
    checks.push(
      fail(
        'prices.once',
        `${nameOfPrice(twice.price)} is matched by ${twice.owners.join(' and ')}: whoever has it fails.`,
        'Keep it in one of them.',
      ),
    );
  }
  const recurring = read.value.prices.filter((price) => price.recurring).length;
  if (checks.length > 0) return checks;
  return [
    ok('prices.mapped', `Each of ${counted(recurring, 'active recurring price')} is in the plan file.`),
  ];
}
