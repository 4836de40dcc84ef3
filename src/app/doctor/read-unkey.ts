import { randomUUID } from 'node:crypto';
import type { NamespaceTrial } from '../../queries/doctor/overrides.ts';
import type { UnkeySetup } from '../../queries/doctor/unkey.ts';
import type { UnkeyClient } from '../../unkey/client.ts';
import { createIdentityGateway } from '../../unkey/gateway.ts';

/** Tries each call so that nothing is changed by it: of an identity that nobody has, or that is there already. */
export async function readUnkey(
  client: UnkeyClient,
  creates: boolean,
  namespaces: Iterable<string>,
): Promise<UnkeySetup> {
  const gateway = createIdentityGateway(client);
  const nobody = `planwire_doctor_${randomUUID()}`;
  const list = await gateway.list(null);
  const known = list.ok ? list.value.identities[0]?.externalId : undefined;
  const trials: NamespaceTrial[] = [];
  for (const namespace of namespaces) {
    const page = await gateway.overrides({ namespace, cursor: null });
    trials.push({ namespace, list: page.ok && page.value === null ? null : page });
  }
  return {
    list,
    namespaces: trials,
    // An identity is looked up before the permission is: that there is none says nothing of the key.
    get: known === undefined ? null : await gateway.get(known),
    update: await gateway.update({ identity: nobody }),
    create:
      known === undefined || !creates
        ? null
        : await gateway.create({ externalId: known, meta: {}, ratelimits: {} }),
    rateLimit: (await client.getIdentity({ identity: nobody })).rateLimit,
  };
}
