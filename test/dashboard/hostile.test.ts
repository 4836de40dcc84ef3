import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCasesNoting } from '../http/support/use-cases.ts';
import { anError } from '../support/outcome-fixture.ts';
import { aRun } from '../support/run-fixture.ts';
import { aReconciliation } from './support/reconciled.ts';
import { settled, startStages, views } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;

beforeAll(async () => {
  stages = await startStages();
});

afterAll(() => stages.stop());

describe('a text from outside', () => {
  const evil = '"><img src=x onerror="window.broken=1"><script>window.broken=1</script>{{constructor}}';

  /** Every text of an answer is made evil, ids and fixed words apart. */
  function poisoned<T>(value: T): T {
    if (Array.isArray(value)) return value.map(poisoned) as T;
    if (typeof value !== 'object' || value === null) return value;
    const kept = /^(id|kind|state|status|code|customerId|externalId|service|roles|missing|meta|ratelimits)$/;
    const entries = Object.entries(value).map(([key, each]) => {
      if (key === 'docs') return [key, 'javascript:window.broken=1'];
      if (typeof each === 'string' && !kept.test(key) && Number.isNaN(Date.parse(each))) return [key, evil];
      return [key, kept.test(key) && typeof each === 'string' ? each : poisoned(each)];
    });
    return Object.fromEntries(entries) as T;
  }

  it('from Stripe, Unkey or a plan file is shown as it is and never becomes a part of the page', async () => {
    const plain = useCasesNoting([]);
    const evilCases = Object.fromEntries(
      Object.entries(plain).map(([name, ask]) => {
        const answer = ask as (...given: unknown[]) => Promise<unknown>;
        return [
          name,
          name === 'about' ? ask : async (...given: unknown[]) => poisoned(await answer(...given)),
        ];
      }),
    );
    const [outcome] = (await plain.listOutcomes({}, null, 1)).items;
    const error = { ...anError('code'), title: evil, detail: evil, docs: 'javascript:window.broken=1' };
    const evilOutcome = { ...outcome, id: 'out_evil', status: 'failed', error, explanation: [evil] };
    const limits = { [evil]: { limit: 1, duration: 1000, autoApply: true } };
    const view = await plain.customerView('cus_1');
    const driftRow = {
      class: evil,
      customerId: evil,
      externalId: evil,
      field: `ratelimits.${evil}`,
      detail: evil,
    };
    const values = { should: { [evil]: evil }, is: evil, writtenBy: `out_${evil}`, since: evil };
    const run = poisoned(aReconciliation());
    const stage = await stages.start({
      ...evilCases,
      getRun: (id) =>
        Promise.resolve(id === 'run_drift' ? run : (poisoned(aRun({ state: 'done' })) as never)),
      runRows: () => Promise.resolve({ rows: [{ ...driftRow, ...values, [evil]: evil }], nextPage: null }),
      reconciliations: () => Promise.resolve({ latest: { ...run, state: 'failed' }, lastDone: run }),
      listOutcomes: () => Promise.resolve({ items: [evilOutcome as never], nextCursor: null }),
      getOutcome: () => Promise.resolve(evilOutcome as never),
      customerView: () =>
        Promise.resolve({
          ...poisoned(view),
          identity: { id: 'id_1', externalId: evil, meta: { [evil]: evil }, ratelimits: limits },
          outcomes: [evilOutcome as never],
          problems: [evil],
        } as never),
    });
    const opened = await stage.enter();
    const { page } = opened;
    for (const path of [...views, '/runs/run_drift']) {
      await page.goto(`/dashboard${path}`);
      await settled(opened);
      for (const details of await page.locator('summary').all()) await details.click();
      expect(await page.evaluate('window.broken'), path).toBeUndefined();
      expect(await page.locator('img[src="x"], #root script').count(), path).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count(), path).toBe(0);
      if (path !== '/nowhere') expect(await page.content(), path).toContain('onerror');
    }
    await page.goto(`/dashboard/find?id=${encodeURIComponent(evil)}`);
    await settled(opened);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });
});

describe('a page of another site that a signed-in operator visits', () => {
  it('neither changes nor reads anything, by a form, a script or a frame', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const other = await siteThatAttacks(stage.url);
    const { context } = opened;
    // The dashboard is closed before: what it asks for itself must not be taken for the other site's.
    await opened.page.close();
    await stage.comeBack();
    expect((await context.request.get(`${stage.url}/v1/session`)).status()).toBe(200);
    stage.calls.length = 0;
    const page = await context.newPage();
    const form = page.waitForResponse((answer) => answer.url() === `${stage.url}/v1/held/release`);
    await page.goto(other.url);
    expect([401, 403]).toContain((await form).status());
    await expect.poll(() => page.title()).toBe('{"plain":"TypeError","own":"TypeError","read":"TypeError"}');
    expect(page.frame('page')?.url()).toContain('chrome-error:');
    expect(stage.calls).toEqual([]);
    await context.close();
    await other.close();
  });
});

/** Reached by another name than Planwire, so that it is another site to the browser. */
async function siteThatAttacks(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const page = `<!doctype html>
    <iframe name="page" src="${target}/dashboard/held"></iframe><iframe name="form"></iframe>
    <form method="post" enctype="text/plain" target="form" action="${target}/v1/held/release">
      <input name='{"x":"' value='"}'></form>
    <script>
      const tell = (asked) => asked.then((answer) => answer.type, (error) => error.name);
      const headers = { 'planwire-request': '1' };
      const post = { method: 'POST', credentials: 'include', body: '{"customer":"cus_1"}' };
      document.forms[0].submit();
      Promise.all([
        tell(fetch('${target}/v1/syncs', { ...post, mode: 'no-cors' })),
        tell(fetch('${target}/v1/syncs', { ...post, headers })),
        tell(fetch('${target}/v1/outcomes', { credentials: 'include' })),
      ]).then(([plain, own, read]) => (document.title = JSON.stringify({ plain, own, read })));
    </script>`;
  const server = createServer((_req, res) => res.setHeader('content-type', 'text/html').end(page));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
