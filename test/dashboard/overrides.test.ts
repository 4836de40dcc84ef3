import { afterAll, beforeAll, expect, it } from 'vitest';
import { useCasesNoting } from '../http/support/use-cases.ts';
import { axeFaults } from '../support/browser.ts';
import { settled, startStages } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;
beforeAll(async () => {
  stages = await startStages();
});
afterAll(() => stages.stop());

const rate = (limit: number) => ({ limit, duration: 60_000 });

it('an override stands among the limits of its customer, with the request that sets it', async () => {
  const view = await useCasesNoting([]).customerView('cus_1');
  if (view?.decision?.kind !== 'decided' || view.identity === null) throw new Error('Nothing is decided.');
  const wanted = { ...view.decision.wanted, overrides: { api: rate(1_000), web: rate(5) } };
  const sum = [
    { kind: 'plan' as const, amount: 400 },
    { kind: 'units' as const, each: 100, count: 6, amount: 600 },
  ];
  const shown = {
    ...view,
    decision: { ...view.decision, wanted, overrideSums: { api: sum } },
    identity: { ...view.identity, overrides: { web: rate(5) } },
    overrideRequests: [{ namespace: 'api', identifier: 'user_1', ...rate(1_000) }],
  };
  const stage = await stages.start({ customerView: () => Promise.resolve(shown) });
  const opened = await stage.enter();
  const { page } = opened;
  await page.goto('/dashboard/customers/cus_1');
  await settled(opened);
  const row = (name: string) => page.getByRole('region', { name: 'Rate limits' }).getByRole('row', { name });
  await row('api').getByText('missing').waitFor();
  expect(await row('api').innerText()).toMatch(/override[^]*1,000 \/ 1m\s+400 \+ 100 × 6 units/);
  expect(await row('web').getByText('missing').count()).toBe(0);
  const request = page.getByRole('region', { name: 'What a sync would send' });
  expect(await request.innerText()).toMatch(/v2\/ratelimit\.setOverride[^]*"identifier": "user_1"/);
  expect(await axeFaults(page)).toEqual([]);
}, 60_000);

it('the plan file shows a column for each namespace, and what add-ons add there', async () => {
  const view = await useCasesNoting([]).planFile();
  const [[name, plan] = []] = Object.entries(view.planFile.plans);
  if (name === undefined || plan === undefined) throw new Error('There is no plan.');
  const override = { ...rate(1_000), perUnit: 50, included: 1 };
  const planFile = {
    ...view.planFile,
    plans: { [name]: { ...plan, overrides: { api: override } } },
    addons: { boost: { match: [], ratelimits: {}, overrides: { api: { add: 600 } } } },
  };
  const stage = await stages.start({ planFile: () => Promise.resolve({ ...view, planFile }) });
  const opened = await stage.enter();
  const { page } = opened;
  await page.goto('/dashboard/plan-file');
  await settled(opened);
  const table = page.getByRole('region', { name: 'Plans' }).getByRole('table');
  await table.getByRole('columnheader', { name: 'override api' }).waitFor();
  await table.getByText('+ 50 a unit beyond 1').waitFor();
  expect(await table.getByRole('row').filter({ hasText: 'boost' }).innerText()).toContain('600');
  expect(await axeFaults(page)).toEqual([]);
}, 60_000);
