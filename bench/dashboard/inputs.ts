import type { Page } from 'playwright-core';
import type { Input } from './measure.ts';

/** What people do, each so often that a median and a 95th percentile mean something. */

/** Rows of the list, of which not all need be drawn. */
const rowsAre = (least: number): string =>
  `Number(document.querySelector('table')?.getAttribute('aria-rowcount')) > ${least} && document.querySelector('.skeleton') === null`;
const headingIs = (text: string): string => `document.querySelector('h1')?.textContent === '${text}'`;

/** What the machine and the browser take for any input at all. */
export function nothing(page: Page, times: number): readonly Input[] {
  return Array.from({ length: times }, () => ({ act: () => page.keyboard.press('x'), effect: 'true' }));
}

const statuses = ['applied', 'unchanged', 'retrying', 'failed'];
const windows = ['', '24h', '7d'];

/** Each filter is a question to the store; `anew` false: it was asked before, and is shown from memory. */
export function filters(page: Page, anew: boolean): readonly Input[] {
  const time = page.getByRole('combobox', { name: 'Time' });
  const chosen = windows.flatMap((window) => statuses.map((status) => ({ window, status })));
  return chosen.map(({ status }, nth) => ({
    act: () => page.getByRole('button', { name: status, exact: true }).click(),
    effect: `location.search.includes('status=${status}') && ${rowsAre(50)} &&
      [...document.querySelectorAll('tbody .badge')].every((badge) => badge.textContent === '${status}')`,
    async after() {
      const next = chosen[nth + 1]?.window;
      // Another time is another question for every status; it is chosen between two inputs.
      if (next === undefined || next === chosen[nth]?.window || !anew) return;
      await time.selectOption(next);
      await page.waitForLoadState('networkidle');
    },
  }));
}

export function showMore(page: Page, times: number): readonly Input[] {
  return Array.from({ length: times }, (_, nth) => ({
    act: () => page.getByRole('button', { name: 'Show more' }).click(),
    effect: rowsAre(50 * (nth + 2)),
  }));
}

export function nextRow(page: Page, times: number): readonly Input[] {
  return Array.from({ length: times }, (_, nth) => ({
    act: () => page.keyboard.press('j'),
    effect: `document.querySelector('tr[aria-rowindex="${nth + 2}"]')?.getAttribute('aria-current') === 'true'`,
  }));
}

const isOpen = "document.querySelector('dialog[open] .facts') !== null";

export function openOutcome(page: Page, times: number): readonly Input[] {
  return Array.from({ length: times }, (_, nth) => ({
    act: () =>
      page
        .getByRole('row')
        .nth(nth + 1)
        .locator('[data-column="why"]')
        .click(),
    effect: isOpen,
    after: () =>
      page.keyboard.press('Escape').then(() => page.getByRole('dialog').waitFor({ state: 'detached' })),
  }));
}

export function closeOutcome(page: Page, times: number): readonly Input[] {
  return Array.from({ length: times }, () => ({
    act: () => page.keyboard.press('Escape'),
    effect: "document.querySelector('dialog') === null",
    after: () => page.keyboard.press('Enter').then(() => page.getByRole('dialog').waitFor()),
  }));
}

/** From the list to the customer; Stripe and Unkey are asked at that moment. */
export function openCustomer(page: Page, customers: readonly string[]): readonly Input[] {
  return customers.map((id) => ({
    act: () => page.getByRole('link', { name: id, exact: true }).first().click(),
    effect: `${headingIs(id)} && document.querySelector('.note') !== null && document.querySelector('.skeleton') === null`,
    async after() {
      await page.goBack();
      await page.getByRole('row').nth(50).waitFor();
    },
  }));
}

export function views(page: Page, rounds: number): readonly Input[] {
  const all = [
    ['Home', "document.querySelector('.plot canvas') !== null"],
    ['Held', headingIs('Held downgrades')],
    ['Outcomes', `${headingIs('Outcomes')} && ${rowsAre(50)}`],
    ['Runs', headingIs('Runs')],
    ['Plan file', headingIs('Plan file')],
    ['Audit', headingIs('Audit')],
  ] as const;
  const navigation = page.getByRole('navigation', { name: 'Views' });
  return Array.from({ length: rounds }, () => all).flatMap((each) =>
    each.map(([name, effect]) => ({ act: () => navigation.getByRole('link', { name }).click(), effect })),
  );
}
