import { set, subscribeAll, writes, written } from './changes.ts';
import type { Report } from './report.ts';

/** (d) Upstream calls for each real change when Stripe delivers each event ten times. */
export async function calls({ changes }: { readonly changes: number }): Promise<Report> {
  const copies = 10;
  const setting = await set({ store: 'redis', workers: 1, customers: changes });
  try {
    const { sandbox } = setting;
    await subscribeAll(setting, changes);
    await sandbox.delivered();
    const stripeBefore = await stripeReads(sandbox.stripeUrl);
    const before = (await writes(sandbox)).length;
    await sandbox.configureStripe({ delivery: { copies } });
    for (let n = 0; n < changes; n++) await sandbox.stripe(`subscriptions/sub_${n}`, { quantity: 5 });
    await sandbox.delivered();
    await written(sandbox, before + changes);
    const made = (await writes(sandbox)).length - before;
    const reads = (await stripeReads(sandbox.stripeUrl)) - stripeBefore;
    return {
      title: 'Upstream calls for a change whose event is delivered ten times',
      text: `${changes} changes of as many customers on Redis; confirmations are apart. Goals: at most 1.2 reads of Stripe and 1.05 writes to Unkey.`,
      columns: ['deliveries', 'changes', 'Stripe reads a change', 'Unkey writes a change'],
      rows: [
        [
          String(changes * copies),
          String(changes),
          (reads / changes).toFixed(2),
          (made / changes).toFixed(2),
        ],
      ],
      goals: [
        {
          name: 'changes for a Stripe read (events delivered ten times)',
          value: changes / reads,
          atLeast: 0.7,
          goal: 1 / 1.2,
        },
        { name: 'changes for a write to Unkey', value: changes / made, atLeast: 0.9, goal: 1 / 1.05 },
      ],
    };
  } finally {
    await setting.stop();
  }
}

async function stripeReads(stripeUrl: string): Promise<number> {
  const answer = await fetch(`${stripeUrl}/_stripe/requests`);
  return ((await answer.json()) as { requests: unknown[] }).requests.length;
}
