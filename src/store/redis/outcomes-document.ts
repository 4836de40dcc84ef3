import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Outcome } from '../../domain/outcome/outcome.ts';

/**
 * What outcomes have in common, so that deflate spends no bytes on it: an outcome of 1.5 KB becomes about 0.5 KB. It is
 * part of the stored format: a changed dictionary is a new format number, and the old one stays for reading.
 */
const dictionary1 = Buffer.from(
  [
    '{"id":"out_01K","status":"retrying","status":"held","status":"ignored","status":"failed","status":"unchanged",',
    '"requestId":null,"cause":{"kind":"reconcile","kind":"replay","kind":"confirm","kind":"retry","kind":"expiry",',
    '"type":"invoice.payment_failed","type":"customer.subscription.created","customer.subscription.deleted",',
    '"error":{"code":"","title":"","detail":"","status":null,"docs":"https://www.unkey.com/docs/errors/unkey/data/',
    'identity_not_found","retryable":false},"attempt":2,"retryAt":"2026-',
    '"explanation":["Subscription sub_1 is active and grants full access."," matches plan "," is the highest rank"],',
    '"confirmedAt":null,"error":null,"attempt":1,"retryAt":null,"requests":[{"service":"stripe","operation":',
    '"customers.retrieve","requestId":"req_","status":200,"ms":',
    '},{"service":"stripe","operation":"subscriptions.list","requestId":"req_',
    '},{"service":"unkey","operation":"identities.getIdentity","requestId":"req_',
    '},{"service":"unkey","operation":"identities.updateIdentity","requestId":"req_","status":200,"ms":52}],',
    '"change":{"meta":{"before":{},"after":{"plan":"free","seats":1,"stripeSubscriptionId":"sub_1"}},"ratelimits":',
    '{"before":[{"name":"requests","limit":1000,"duration":3600000,"autoApply":true},{"name":"tokens","limit":10000,',
    '"duration":86400000,"autoApply":false}],"after":[]}},"startedAt":"2026-01-01T00:00:00.000Z","finishedAt":"2026-',
    '{"id":"out_01","status":"applied","requestId":"req_","cause":{"kind":"event","eventIds":["evt_1"],"type":',
    '"customer.subscription.updated","receivedAt":"2026-"},"customerId":"cus_","subscriptionIds":["sub_1"],',
    '"identity":{"externalId":"user_","id":"id_"},"plan":{"from":"free","to":"team"},"planFile":"sha256:',
    '","change":null,"explanation":["","durationMs":',
  ].join(''),
);

const format1 = 1;

/** What is stored: an outcome and, where a sync wrote it, the ticket of that. */
export interface StoredOutcome {
  readonly outcome: Outcome;
  readonly ticket: number | undefined;
}

/** One byte that says the format, then the JSON of the outcome and of its ticket, deflated. */
export function encodeOutcome({ outcome, ticket }: StoredOutcome): Buffer {
  const deflated = deflateRawSync(JSON.stringify({ ...outcome, ticket }), { dictionary: dictionary1 });
  return Buffer.concat([Buffer.of(format1), deflated]);
}

/** Throws for a format that a newer version has written. */
export function decodeOutcome(stored: Buffer): StoredOutcome {
  if (stored[0] !== format1) {
    throw new Error(
      `An outcome is stored in format ${stored[0]}, which this version of Planwire cannot read: run the version that wrote it, or a newer one.`,
    );
  }
  const json = inflateRawSync(stored.subarray(1), { dictionary: dictionary1 }).toString();
  const { ticket, ...outcome } = JSON.parse(json) as Outcome & { readonly ticket?: number };
  return { outcome, ticket };
}
