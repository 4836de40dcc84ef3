import type {
  Identity,
  IdentityCreation,
  IdentityUpdate,
  Limits,
  OverrideSetting,
  Rate,
} from '../domain/identity/identity.ts';
import { recordOf } from '../domain/own.ts';
import type { StripeState } from '../domain/subscription.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { IdentityReader, IdentityWriter } from '../sync/ports.ts';

/** What a dry run asked for and was answered, and what it would have written. */
export interface Seen {
  state: StripeState | null;
  /** Identities that Unkey was asked for, answered or not. */
  readonly asked: Set<string>;
  readonly identities: Map<string, Identity | null>;
  /** As they were read, by the external id and the namespace. */
  readonly overrides: Map<string, Map<string, Rate>>;
  readonly requests: (IdentityUpdate | IdentityCreation)[];
  readonly settings: OverrideSetting[];
  readonly failures: UpstreamFailure[];
}

export function nothingSeen(): Seen {
  return {
    state: null,
    asked: new Set(),
    identities: new Map(),
    overrides: new Map(),
    requests: [],
    settings: [],
    failures: [],
  };
}

export function readingOf(unkey: IdentityReader, seen: Seen): IdentityReader {
  return {
    async get(identity) {
      seen.asked.add(identity);
      const answer = await unkey.get(identity);
      if (answer.ok) seen.identities.set(identity, answer.value);
      else seen.failures.push(answer.failure);
      return answer;
    },
    async getOverride(of) {
      const { namespace, identifier } = of;
      const answer = await unkey.getOverride(of);
      const read = seen.overrides.get(identifier) ?? new Map<string, Rate>();
      if (answer.ok && answer.value !== null) read.set(namespace, answer.value);
      seen.overrides.set(identifier, read);
      if (!answer.ok) seen.failures.push(answer.failure);
      return answer;
    },
  };
}

export function seenIdentity({ identities, overrides }: Seen, externalId: string): Identity | null {
  const identity = identities.get(externalId) ?? null;
  const read = overrides.get(externalId);
  return identity === null || read === undefined ? identity : { ...identity, overrides: recordOf(read) };
}

export function writtenNowhere(seen: Seen): IdentityWriter {
  return {
    async update(update) {
      seen.requests.push(update);
      return { ok: true, value: { id: seen.identities.get(update.identity)?.id ?? '' }, requests: [] };
    },
    async create({ externalId, meta, ratelimits }) {
      seen.requests.push({ externalId, meta, ratelimits: named(ratelimits) });
      return { ok: true, value: { id: null, existed: false }, requests: [] };
    },
    async setOverride(setting) {
      seen.settings.push(setting);
      return { ok: true, value: null, requests: [] };
    },
  };
}

function named(limits: Limits): IdentityCreation['ratelimits'] {
  return Object.entries(limits).map(([name, limit]) => ({ name, ...limit }));
}

export function isUpdate(request: IdentityUpdate | IdentityCreation): request is IdentityUpdate {
  return 'identity' in request;
}

export function nameIn(request: IdentityUpdate | IdentityCreation): string {
  return isUpdate(request) ? request.identity : request.externalId;
}
