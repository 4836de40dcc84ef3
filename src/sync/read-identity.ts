import type { Identity, Rate } from '../domain/identity/identity.ts';
import type { Owned } from '../domain/identity/ownership.ts';
import { recordOf } from '../domain/own.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import type { IdentityReader } from './ports.ts';

/** An identity with the overrides that are ours, all read at once; null: there is no such identity. */
export async function readIdentity(
  unkey: IdentityReader,
  externalId: string,
  { overrides: namespaces }: Owned,
): Promise<Answer<Identity | null>> {
  if (namespaces === undefined) return unkey.get(externalId);
  const [read, ...found] = await Promise.all([
    unkey.get(externalId),
    ...[...namespaces].map(async (namespace) => {
      return { namespace, answer: await unkey.getOverride({ namespace, identifier: externalId }) };
    }),
  ]);
  const requests = [read, ...found.map(({ answer }) => answer)].flatMap((answer) => answer.requests);
  if (!read.ok || read.value === null) return { ...read, requests };
  const overrides: (readonly [string, Rate])[] = [];
  for (const { namespace, answer } of found) {
    if (!answer.ok) return { ...answer, requests };
    if (answer.value !== null) overrides.push([namespace, answer.value]);
  }
  return { ok: true, value: { ...read.value, overrides: recordOf(overrides) }, requests };
}
