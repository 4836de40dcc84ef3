import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../test/support/browser.ts';

/**
 * Pictures of every view of the demo, at two widths and in both schemes:
 * `npm run screenshots -- [--folder F] [--of URL] [--settle SECONDS] [NAME…]`. Without `--of` it starts a demo of its own.
 * With `--docs` it writes those that docs/dashboard.md shows, and in a form that is small.
 */
const { values: given, positionals: only } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: 'screenshots' },
    of: { type: 'string' },
    docs: { type: 'boolean', default: false },
    settle: { type: 'string', default: '60' },
  },
});
const folder = given.docs ? 'docs/dashboard' : given.folder;
const token = 'planwire-demo-token';

interface Shot {
  readonly name: string;
  readonly path: string;
  /** What is done before the picture is taken. */
  readonly before?: (page: Page) => Promise<void>;
}

const pastedFile = `version: 1
identity: { externalId: '{{customer.metadata.user_id}}', missing: create }
access: { active: full, trialing: full, past_due: { grace: 3d } }
fallback: free
plans:
  free:
    rank: 0
    meta: { plan: free }
    ratelimits:
      requests: { limit: 50, duration: 1h }
  team:
    rank: 10
    match: [{ lookupKey: [team_monthly, legacy_2019] }]
    meta: { plan: team, seats: '{{quantity}}' }
    ratelimits:
      requests: { limit: 1500, perUnit: 500, included: 1, duration: 1h }
`;

const shots: readonly Shot[] = [
  { name: 'home', path: '/' },
  { name: 'customer', path: '/customers/cus_ada', before: openEntry },
  { name: 'customer-missed', path: '/customers/cus_ben' },
  { name: 'customer-drift', path: '/customers/cus_kai' },
  { name: 'customer-failing', path: '/customers/cus_eva' },
  { name: 'customer-held', path: '/customers/cus_rosa' },
  { name: 'held', path: '/held' },
  { name: 'outcomes', path: '/outcomes?status=applied' },
  { name: 'outcome', path: '/outcomes?status=applied', before: openDrawer },
  { name: 'runs', path: '/runs' },
  { name: 'run', path: '/', before: openReconciliation },
  { name: 'plan-file', path: '/plan-file' },
  { name: 'compare', path: '/plan-file', before: compare },
  { name: 'audit', path: '/audit' },
  { name: 'find', path: '/find?id=user_ada' },
];

async function openEntry(page: Page): Promise<void> {
  await page.locator('.entry summary').first().click();
}

async function openReconciliation(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Open the run' }).click();
  await page.getByRole('row').nth(1).waitFor();
}

async function openDrawer(page: Page): Promise<void> {
  await page.getByRole('row').nth(2).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
}

async function compare(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Compare another file' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(pastedFile);
  await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click();
  await page.getByText('It can be used').waitFor();
}

async function take(page: Page, base: string, shot: Shot, look: string): Promise<void> {
  await page.goto(`${base}/dashboard${shot.path}`);
  await page.getByRole('main').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await shot.before?.(page);
  await page.waitForLoadState('networkidle');
  const picture = await pictureOf(page, !shot.path.startsWith('/outcomes') && shot.name !== 'compare');
  if (given.docs) await writeFile(`${folder}/${shot.name}-${look}.webp`, await small(page, picture));
  else await writeFile(`${folder}/${shot.name}-${look}.png`, picture);
}

/** With `whole` the window becomes as high as the page, so that what sticks to its edges stays there. */
async function pictureOf(page: Page, whole: boolean): Promise<Buffer> {
  await page.evaluate('scrollTo(0, 0); document.documentElement.style.scrollbarGutter = "auto"');
  const size = page.viewportSize();
  if (size === null || !whole) return page.screenshot();
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  await page.setViewportSize({ width: size.width, height });
  const picture = await page.screenshot();
  await page.setViewportSize(size);
  return picture;
}

/** The browser at hand makes WebP itself; a blank page has no policy against it. */
async function small(beside: Page, picture: Buffer): Promise<Buffer> {
  const page = await beside.context().newPage();
  const text = await page.evaluate<string>(`(async () => {
    const bytes = Uint8Array.from(atob('${picture.toString('base64')}'), (each) => each.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.88 });
    return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (each) => String.fromCharCode(each)).join(''));
  })()`);
  await page.close();
  return Buffer.from(text, 'base64');
}

const narrowOrDark = new Set([
  'home-1280-dark',
  'customer-missed-1280-dark',
  'home-400-light',
  'held-400-light',
  'outcomes-400-dark',
  'audit-400-dark',
]);

function isWanted({ name }: Shot, look: string): boolean {
  if (only.length > 0 && !only.includes(name)) return false;
  return (
    !given.docs ||
    (look === '1280-light' && name !== 'find' && name !== 'customer-missed') ||
    narrowOrDark.has(`${name}-${look}`)
  );
}

async function takeAll(browser: Browser, base: string): Promise<void> {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const) {
    await context.clearCookies();
    await page.setViewportSize({ width, height: 860 });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${base}/dashboard/`);
    await page.getByLabel('Token').waitFor();
    const look = `${width}-${colorScheme}`;
    if (!given.docs) await page.screenshot({ path: `${folder}/sign-in-${look}.png` });
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    for (const shot of shots) if (isWanted(shot, look)) await take(page, base, shot, look);
  }
}

/** A demo of its own, when its story has been told for a while. */
async function startDemo(): Promise<{ readonly base: string; stop(): void }> {
  const args = ['--import', 'tsx', 'src/main.ts', 'demo', '--port', '0'];
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(demo.stdout)) {
    const base = /(http\S+)\/dashboard\/#code=/.exec(line)?.[1];
    if (base === undefined) continue;
    demo.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, Number(given.settle) * 1_000));
    return { base, stop: () => void demo.kill('SIGTERM') };
  }
  await once(demo, 'exit');
  throw new Error('The demo ended before it said where it is.');
}

await mkdir(folder, { recursive: true });
const demo = given.of === undefined ? await startDemo() : { base: given.of, stop: () => undefined };
const browser = await startBrowser();
try {
  await takeAll(browser, demo.base);
} finally {
  await browser.close();
  demo.stop();
}
