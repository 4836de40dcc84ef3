import type {
  Identity as OfficialIdentity,
  RatelimitRequest as OfficialRatelimit,
  V2IdentitiesCreateIdentityRequestBody,
  V2IdentitiesCreateIdentityResponseBody,
  V2IdentitiesGetIdentityRequestBody,
  V2IdentitiesGetIdentityResponseBody,
  V2IdentitiesListIdentitiesRequestBody,
  V2IdentitiesListIdentitiesResponseBody,
  V2IdentitiesUpdateIdentityRequestBody,
  V2IdentitiesUpdateIdentityResponseBody,
  RatelimitOverride,
  V2RatelimitDeleteOverrideRequestBody,
  V2RatelimitGetOverrideRequestBody,
  V2RatelimitGetOverrideResponseBody,
  V2RatelimitSetOverrideRequestBody,
  V2RatelimitSetOverrideResponseBody,
} from '@unkey/api/models/components';
import {
  V2IdentitiesUpdateIdentityRequestBody$outboundSchema as officialRequest,
  V2IdentitiesUpdateIdentityResponseBody$inboundSchema as officialAnswer,
} from '@unkey/api/models/components';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  CreatedIdentity,
  CreateIdentityRequest,
  GetIdentityRequest,
  Identity,
  ListIdentitiesRequest,
  Override,
  OverrideAddress,
  RatelimitRequest,
  SetOverrideRequest,
  UnkeyPage,
  UnkeySuccess,
  UpdatedIdentity,
  UpdateIdentityRequest,
} from '../../src/unkey/index.ts';
import { unkeyAndClient } from '../support/unkey-sandbox.ts';

/** The types are checked by the compiler (npm run types), the values by the official SDK's own schemas. */
describe('our types fit where those of the official SDK are wanted, and the other way round for requests', () => {
  it('requests', () => {
    expectTypeOf<UpdateIdentityRequest>().toExtend<V2IdentitiesUpdateIdentityRequestBody>();
    expectTypeOf<V2IdentitiesUpdateIdentityRequestBody>().toExtend<UpdateIdentityRequest>();
    expectTypeOf<GetIdentityRequest>().toExtend<V2IdentitiesGetIdentityRequestBody>();
    expectTypeOf<V2IdentitiesGetIdentityRequestBody>().toExtend<GetIdentityRequest>();
    expectTypeOf<CreateIdentityRequest>().toExtend<V2IdentitiesCreateIdentityRequestBody>();
    expectTypeOf<V2IdentitiesCreateIdentityRequestBody>().toExtend<CreateIdentityRequest>();
    expectTypeOf<ListIdentitiesRequest>().toExtend<V2IdentitiesListIdentitiesRequestBody>();
    expectTypeOf<V2IdentitiesListIdentitiesRequestBody>().toExtend<ListIdentitiesRequest>();
    expectTypeOf<RatelimitRequest>().toExtend<OfficialRatelimit>();
    expectTypeOf<SetOverrideRequest>().toEqualTypeOf<V2RatelimitSetOverrideRequestBody>();
    expectTypeOf<OverrideAddress>().toEqualTypeOf<V2RatelimitGetOverrideRequestBody>();
    expectTypeOf<OverrideAddress>().toEqualTypeOf<V2RatelimitDeleteOverrideRequestBody>();
  });

  it('answers', () => {
    expectTypeOf<Identity>().toExtend<OfficialIdentity>();
    expectTypeOf<UnkeySuccess<UpdatedIdentity>>().toExtend<V2IdentitiesUpdateIdentityResponseBody>();
    expectTypeOf<UnkeySuccess<Identity>>().toExtend<V2IdentitiesGetIdentityResponseBody>();
    expectTypeOf<UnkeySuccess<CreatedIdentity>>().toExtend<V2IdentitiesCreateIdentityResponseBody>();
    expectTypeOf<Override>().toEqualTypeOf<RatelimitOverride>();
    expectTypeOf<UnkeySuccess<Override>>().toExtend<V2RatelimitGetOverrideResponseBody>();
    expectTypeOf<UnkeySuccess<{ overrideId: string }>>().toExtend<V2RatelimitSetOverrideResponseBody>();
    expectTypeOf<Extract<UnkeyPage, { ok: true }>>().toExtend<V2IdentitiesListIdentitiesResponseBody>();
  });

  it('values: the official SDK would send the same request and accept our answer', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    const request: UpdateIdentityRequest = {
      identity: 'u',
      meta: { plan: 'team' },
      ratelimits: [{ name: 'requests', limit: 5, duration: 1000 }],
    };
    const answer = await client.updateIdentity(request);
    expect(sandbox.requests()[0]?.body).toEqual(officialRequest.parse(request));
    const accepted = officialAnswer.parse(answer);
    expect(accepted).toEqual(answer.ok && { meta: answer.meta, data: answer.data });
  });
});
