/** A fault that somebody could make, and the tests that must not pass with it. */
export interface Mutant {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** What vitest is given: the fewest tests that must see it. */
  readonly tests: readonly string[];
}

const circuit = 'src/domain/upstream/circuit.ts';
const guard = 'src/domain/identity/downgrade-guard.ts';
const transitions = 'src/domain/customer/record-transitions.ts';
const claims = 'src/sync/claim-identity.ts';
const checks = 'src/domain/customer/next-check.ts';

const domain = ['test/domain'];
const sync = ['test/sync'];

/** The rules on which convergence rests, each taken away. */
export const mutants: readonly Mutant[] = [
  {
    file: circuit,
    from: 'if (same !== null && stillWaits(same, now, waits) > 0) return',
    to: 'if (0 > 1) return',
    tests: domain,
  },
  { file: circuit, from: 'if (wasUnderWay > 0) return false;', to: '', tests: domain },
  {
    file: circuit,
    from: 'return { ...state, probeUntil: now + probeMs };',
    to: 'return state;',
    tests: domain,
  },
  {
    file: circuit,
    from: 'return status !== null && (state.everyCall ? isServed(status) : status === 200);',
    to: 'return status !== null;',
    tests: domain,
  },
  {
    file: guard,
    from: 'Math.max(setting, Math.floor(knownCustomers * share))',
    to: 'setting',
    tests: domain,
  },
  {
    file: guard,
    from: 'if (isRecent(downgradedAt, now, windowMs)) return { counts, admitted: true };',
    to: '',
    tests: domain,
  },
  { file: guard, from: ' && at <= now + windowMs', to: '', tests: domain },
  { file: transitions, from: '        validUntil,\n', to: '', tests: domain },
  {
    file: transitions,
    from: 'record.heldSince === null ? record : { ...record, releaseGranted: true }',
    to: '{ ...record, releaseGranted: true }',
    tests: domain,
  },
  {
    file: transitions,
    from: 'downgradedAt: write.downgrades === true ? write.now : record.downgradedAt,',
    to: '',
    tests: domain,
  },
  {
    file: transitions,
    from: 'unconfirmedSince: write.confirmAt === null ? record.unconfirmedSince : write.now,',
    to: '',
    tests: domain,
  },
  {
    file: transitions,
    from: '  if (record.ticket !== taken.ticket) return record;\n',
    to: '',
    tests: domain,
  },
  {
    file: transitions,
    from: "case 'confirmed':\n      return { ...record, dirtySince: more ? now : null };",
    to: "case 'confirmed':\n      return { ...record, dirtySince: null };",
    tests: domain,
  },
  {
    file: transitions,
    from: '        attempts: 0,\n        retryingSince: null,\n',
    to: '        retryingSince: null,\n',
    tests: domain,
  },
  {
    file: transitions,
    from: '        attempts: 0,\n        retryingSince: null,\n',
    to: '        attempts: 0,\n',
    tests: sync,
  },
  {
    file: transitions,
    from: 'return wrote || movedFrom.length > 0 ? unconfirmedSince : null;',
    to: 'return wrote ? unconfirmedSince : null;',
    tests: sync,
  },
  {
    file: transitions,
    from: 'return wrote || movedFrom.length > 0 ? unconfirmedSince : null;',
    to: 'return unconfirmedSince;',
    tests: domain,
  },
  {
    file: transitions,
    from: 'inFlight: mergeCauses(record.inFlight, record.cause),',
    to: 'inFlight: record.cause,',
    tests: domain,
  },
  { file: transitions, from: 'nextCheckAt: earliest(record.nextCheckAt, checkAt),', to: '', tests: domain },
  {
    file: checks,
    from: 'return earliest(ahead(confirmAt, now), ahead(validUntil, now));',
    to: 'return earliest(confirmAt, validUntil);',
    tests: sync,
  },
  { file: checks, from: 'notBefore(confirmAt, ending.confirmFrom)', to: 'confirmAt', tests: sync },
  {
    file: 'src/sync/conclude.ts',
    from: '    !attempt.requests.some(mayHaveWritten);',
    to: '    0 < 1;',
    tests: sync,
  },
  {
    file: 'src/sync/conclude.ts',
    from: "await deps.requestSync(ended.holder, cause('retry'));",
    to: '',
    tests: sync,
  },
  {
    file: claims,
    from: "  await deps.requestSync(held.customerId, cause('retry'));\n  return true;",
    to: '  return true;',
    tests: sync,
  },
  {
    file: claims,
    from: "    await deps.requestSync(holder, cause('retry'));\n    unfounded.push(holder);",
    to: '    unfounded.push(holder);',
    tests: sync,
  },
  {
    file: claims,
    from: "  for (const contender of claim.contenders) await deps.requestSync(contender, cause('retry'));\n",
    to: '',
    tests: sync,
  },
  {
    file: claims,
    from: "if (read.value === null) return { kind: 'none' };",
    to: "if (read.value === null) return { kind: 'pays' };",
    tests: sync,
  },
  {
    file: 'src/sync/conclude.ts',
    from: 'if (requests.some(isWrite) || settled.movedFrom.some((id) => id === externalId))',
    to: 'if (0 > 1)',
    tests: sync,
  },
  {
    file: 'src/sync/conclude.ts',
    from: 'return leaveBehind(record, conclusion.externalId ?? null, now);',
    to: 'return record;',
    tests: sync,
  },
  { file: 'src/sync/conclude.ts', from: 'confirmed;\n}', to: '{};\n}', tests: sync },
  {
    file: 'src/sync/leave-identity.ts',
    from: "if (left === null && unconfirmed === 'due') await tellHolder",
    to: 'if (0 > 1) await tellHolder',
    tests: sync,
  },
  {
    file: 'src/sync/apply-decision.ts',
    from: 'written.overrides?.hash === wanted.overrides ? differs.overrides.full : differs.overrides.after',
    to: 'differs.overrides.full',
    tests: sync,
  },
  { file: 'src/sync/set-overrides.ts', from: 'overrides: { hash: null, at },', to: '', tests: sync },
  {
    file: 'src/sync/set-overrides.ts',
    from: 'if (attempt.lost()) return stoppedBefore(setting, done, null);',
    to: '',
    tests: sync,
  },
  { file: 'src/sync/conclude.ts', from: 'attempt.releaseSlot();', to: '', tests: sync },
  {
    file: 'src/sync/apply-decision.ts',
    from: 'const updated = await updateIdentity',
    to: 'attempt.releaseSlot();\n  const updated = await updateIdentity',
    tests: sync,
  },
  {
    file: 'src/sync/leave-identity.ts',
    from: 'return { driftRounds: taken.driftRounds + 1 };',
    to: 'return {};',
    tests: sync,
  },
  {
    file: 'src/sync/apply-decision.ts',
    from: "attempt.cause.kind === 'confirm' && isUndoneTooOften",
    to: 'isUndoneTooOften',
    tests: sync,
  },
  {
    file: 'src/store/redis/add-events.ts',
    from: 'ids[n] === jobId',
    to: 'ids[n] !== undefined',
    tests: ['test/store/redis/add-events.test.ts'],
  },
  { file: 'src/sync/ending.ts', from: 'random, waits, lastsMs)', to: 'random, waits)', tests: sync },
  {
    file: 'src/sync/ending.ts',
    from: 'longestBackoffMs(lastsMs, waits);',
    to: 'waits.failingRetryMs;',
    tests: sync,
  },
];
