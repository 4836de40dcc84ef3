import { isOrganisation, type ServedAccounts } from '../domain/accounts.ts';
import { classify, reasonToIgnore } from './classify.ts';
import { modeOf } from './client.ts';
import { createHeaderCheck, createVerifier } from './verify.ts';

/** What can be told of a delivery by itself: whether it is Stripe's, what it asks of us, or why it asks nothing. */
export function createReceiver(
  stripe: {
    readonly webhookSecrets: readonly string[];
    readonly secretKey: string;
    readonly accounts: ServedAccounts;
  },
  now: () => number,
) {
  const { webhookSecrets, secretKey, accounts } = stripe;
  const verify = createVerifier(webhookSecrets, now);
  const mode = modeOf(secretKey);
  const hasOwnAccount = !isOrganisation(secretKey);
  return {
    checkHeader: createHeaderCheck(now),
    receive(rawBody: Buffer, header: string | undefined) {
      const verified = verify(rawBody, header);
      if (!verified.ok) return verified;
      const classified = classify(verified.event, accounts);
      const { eventId, type, thin, concern } = classified;
      const ignored = reasonToIgnore(classified, mode, accounts, hasOwnAccount);
      return { ok: true as const, eventId, type, thin, concern, ignored };
    },
  };
}
