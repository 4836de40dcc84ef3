import type { Browser } from 'playwright-core';
import type { AdminToken } from '../../../src/domain/caller.ts';
import { startApp, type TestApp } from '../../http/support/app.ts';
import { useCasesNoting, type Calls } from '../../http/support/use-cases.ts';
import { openPage, signIn, startBrowser, type Watched } from '../../support/browser.ts';
import { createDoorkeeper } from '../../../src/http/admin/authentication.ts';
import type { UseCases } from '../../../src/http/admin/routes.ts';

/** The page on the real HTTP side, with answers made for the case: every state that a person can meet. */
export interface Stage {
  readonly url: string;
  /** What was asked of the use cases that answer as usual. */
  readonly calls: Calls;
  /** A signed-in page on the home view. */
  enter(options?: Parameters<typeof openPage>[2]): Promise<Watched>;
  /** The server goes away, with every connection. */
  leave(): Promise<void>;
  /** Another one at the same address. */
  comeBack(token?: AdminToken): Promise<void>;
  close(): Promise<void>;
}

export const kim: AdminToken = { name: 'kim', token: 'the-own-token-of-kim', access: 'full' };

export const views = [
  '/',
  '/customers/cus_1',
  '/held',
  '/outcomes',
  '/outcomes/out_1',
  '/runs',
  '/runs/run_1',
  '/audit',
  '/plan-file',
  '/find?id=evt_1',
  '/nowhere',
];

/** A browser for a file of tests. */
export async function startStages(): Promise<{
  start(useCases?: Partial<UseCases>): Promise<Stage>;
  stop(): Promise<void>;
}> {
  const browser = await startBrowser();
  const open: Stage[] = [];
  return {
    start: async (useCases = {}) => {
      const stage = await startStage(browser, useCases);
      open.push(stage);
      return stage;
    },
    stop: async () => {
      await browser.close();
      for (const stage of open) await stage.close();
    },
  };
}

async function startStage(browser: Browser, useCases: Partial<UseCases>): Promise<Stage> {
  const calls: Calls = [];
  const all = { ...useCasesNoting(calls), ...useCases };
  const serve = (token: AdminToken, at?: number): Promise<TestApp> =>
    startApp({ admin: { door: createDoorkeeper([token]), useCases: all } }, at);
  let app: TestApp | null = await serve(kim);
  const { url, port } = app;
  const leave = async (): Promise<void> => {
    await app?.close();
    app = null;
  };
  return {
    url,
    calls,
    async enter(options) {
      const opened = await openPage(browser, url, options);
      await opened.page.goto('/dashboard/');
      await signIn(opened.page, kim.token);
      return opened;
    },
    leave,
    async comeBack(token = kim) {
      await leave();
      app = await serve(token, port);
    },
    close: leave,
  };
}

/** Everything that was asked for is on the screen. */
export async function settled({ page }: Watched): Promise<void> {
  await page.getByRole('main').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}
