import type { Difference } from '../domain/identity/difference.ts';
import type { NamedOverride } from '../domain/identity/identity.ts';
import { byText } from '../domain/own.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Attempt } from './attempt.ts';
import { changeOf, failed, failureSentence, interrupted, said, type Conclusion } from './conclusion.ts';
import { writtenNow, type Sent } from './findings.ts';
import type { Target } from './write-identity.ts';

interface Setting {
  readonly attempt: Attempt;
  readonly target: Target;
  readonly send: Sent;
  readonly differs: Difference;
  readonly now: () => number;
}

/** Sets what is to be sent of overrides, once the identity itself is as decided. null: all are set. */
export async function setOverrides(setting: Setting): Promise<Conclusion | null> {
  const { attempt, target, send } = setting;
  const done: NamedOverride[] = [];
  for (const override of send.overrides) {
    // Each is a write of its own: a process that stood still since the last one may not know of a newer sync.
    if (attempt.lost()) return stoppedBefore(setting, done, null);
    const answer = await attempt.unkey.setOverride({ ...override, identifier: target.externalId });
    if (!answer.ok) return stoppedBefore(setting, done, answer.failure);
    done.push(override);
  }
  return null;
}

/** What was written is known, and is not sent again; which overrides are there is not. */
function stoppedBefore(
  setting: Setting,
  done: readonly NamedOverride[],
  failure: UpstreamFailure | null,
): Conclusion {
  const { attempt, target, send, now } = setting;
  const at = now();
  const written = {
    ...writtenNow(attempt, target, { ...send, overrides: [] }, at),
    overrides: { hash: null, at },
  };
  // Nothing of an identity that was left goes into the record.
  const findings = target.left === true ? {} : { written };
  const why = failure === null ? 'this process stood still for too long.' : failureSentence(failure);
  const what = said(
    target,
    `The metadata and the rate limits are as decided, the overrides are not yet: ${why}`,
    findings,
  );
  if (failure === null) return interrupted(what);
  return { ...failed(what, failure), change: changeSoFar(setting, done) };
}

function changeSoFar({ send, differs }: Setting, done: readonly NamedOverride[]) {
  if (!send.meta && !send.ratelimits && done.length === 0) return null;
  const { before } = differs.overrides;
  const isDone = ({ namespace }: NamedOverride): boolean => done.some((one) => one.namespace === namespace);
  const after = [...before.filter((one) => !isDone(one)), ...done];
  const inOrder = after.sort((a, b) => byText(a.namespace, b.namespace));
  return changeOf({ ...differs, overrides: { ...differs.overrides, after: inOrder } });
}
