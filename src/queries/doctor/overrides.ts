import { named } from '../../domain/words.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { checksOf, type Check } from './check.ts';
import { askedUnkey } from './unanswered.ts';

const { ok, warn, fail, untold } = checksOf('unkey');

/** A namespace that the plan file names, and its overrides as they were asked for; null: Unkey has no such namespace. */
export interface NamespaceTrial {
  readonly namespace: string;
  readonly list: Answer<unknown> | null;
}

export function overrideChecks(trials: readonly NamespaceTrial[]): readonly Check[] {
  if (trials.length === 0) return [];
  return [...namespaceChecks(trials), ...readChecks(trials), setCheck];
}

function namespaceChecks(trials: readonly NamespaceTrial[]): readonly Check[] {
  const missing = trials.filter(({ list }) => list === null).map(({ namespace }) => namespace);
  if (missing.length === 0) return [];
  return [
    warn(
      'namespaces',
      `Unkey does not have the ${named(missing, 'namespace', 'namespaces')} of the plan file: no override can be set there.`,
      'Call ratelimit.limit in it once, and see that the plan file and your code spell it alike.',
    ),
  ];
}

function readChecks(trials: readonly NamespaceTrial[]): readonly Check[] {
  const id = 'permission.listOverrides';
  const answers = trials.flatMap(({ list }) => list ?? []);
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]));
  const [failure] = failures;
  if (failure === undefined) {
    return answers.length === 0 ? [] : [ok(id, 'The root key may call ratelimit.listOverrides.')];
  }
  const refused = failures.find(({ status }) => status === 403);
  if (refused === undefined) return [untold(id, 'the root key may call ratelimit.listOverrides', failure)];
  return [
    fail(
      id,
      'The root key may not call ratelimit.listOverrides, and so no override is seen: none is ever confirmed.',
      `Give the root key in UNKEY_ROOT_KEY the permission ratelimit.*.read_override at ${askedUnkey.page}.`,
    ),
  ];
}

/** Unkey looks at the permission only once it would do it. */
const setCheck = warn(
  'permission.setOverride',
  'Whether the root key may call ratelimit.setOverride was not tried: a trial would set an override, which cannot be taken away again.',
  'See in Unkey that the root key has ratelimit.*.set_override.',
);
