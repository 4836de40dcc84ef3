import { afterEach, beforeEach, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

let pipeline: Pipeline;
beforeEach(async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  makeCatalog(pipeline.stripe);
});
afterEach(() => pipeline.stop());

const at = (days: number): number => Math.floor(Date.now() / 1000) + days * 86_400;
const explain = (...more: string[]) => {
  const env = { ADMIN_TOKEN: pipeline.service.context.config.adminToken ?? '' };
  return command(['explain', 'cus_1', '--url', pipeline.url, ...more], env);
};

it('says what the next phase of a schedule will be, and syncs without asking for it', async () => {
  const { stripe, settled } = pipeline;
  const one = subscribe(pipeline, '1');
  await settled();
  const schedule = stripe.schedules.create({
    subscription: one.subscription,
    phases: [
      { start_date: at(-5), items: [{ price: 'price_team', quantity: 1 }] },
      { start_date: at(30), items: [{ price: 'price_boost' }] },
      { start_date: at(10), items: [{ price: 'price_scale' }, { price: 'price_boost', quantity: 2 }] },
    ],
  });
  one.change({ quantity: 2 });
  await settled();
  expect(one.limit('requests')).toBe(1500);
  expect(stripe.requests('subscriptionSchedules.retrieve')).toEqual([]);

  const when = new Date(at(10) * 1000).toISOString().slice(0, 10);
  const { stdout } = await explain();
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    new RegExp(
      `At ${when}T\\S+ the next phase of the schedule of sub_1 begins: plan scale, requests 52,000/1h, tokens 5,000,000/1d\\.`,
    ),
  );
  const json = JSON.parse((await explain('--json')).stdout) as { upcoming: unknown };
  expect(json.upcoming).toMatchObject([
    { kind: 'phaseBegins', subscriptionId: 'sub_1', after: { plan: 'scale' } },
  ]);

  stripe.faults.add({ match: 'subscriptionSchedules.retrieve', status: 403 });
  const refused = await explain();
  expect(refused.stdout.replaceAll(/\s+/g, ' ')).toContain(
    `The schedule ${schedule.id} of sub_1 could not be read`,
  );
  expect(refused.stdout).toContain('plan');
});
