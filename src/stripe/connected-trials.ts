import { z } from 'zod';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import type { Scopes } from './scopes.ts';

/** Of many accounts the first ones say enough. */
const tried = 20;

/** Which connected accounts are served, and whether the key may read them: one small read of each. */
export async function tryConnected(scopes: Scopes) {
  const listed = await scopes.connected();
  const trials: { readonly account: string; readonly answer: Answer<unknown> }[] = [];
  for (const account of listed.ok ? listed.value.slice(0, tried) : []) {
    const answer = await scopes.in(account, ({ client }) =>
      answering(client, (call) =>
        call('subscriptions.list', z.looseObject({}), () => client.subscriptions.list({ limit: 1 })),
      ),
    );
    trials.push({ account, answer });
  }
  return { listed, trials };
}
