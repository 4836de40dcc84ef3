import type { CDPSession, Page } from 'playwright-core';

/**
 * What the browser itself says of inputs. Event Timing has the time from an input to the next picture, in steps of 8 ms, and
 * says nothing under 16 ms. What was asked for may come with a later picture: `window.effect` has the time from the
 * input until that one was drawn.
 */
export const watchInputs = `
  window.pictures = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId > 0) window.pictures.set(interactionId, Math.max(window.pictures.get(interactionId) ?? 0, duration));
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  window.awaitEffect = (isThere) => {
    window.pictures.clear();
    window.effect = new Promise((resolve) => {
      const began = (event) => {
        for (const type of ['click', 'keydown']) removeEventListener(type, began, true);
        const look = () => {
          if (!isThere()) return void requestAnimationFrame(look);
          // Behind the picture of this frame.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - event.timeStamp);
          port2.postMessage(null);
        };
        requestAnimationFrame(look);
      };
      for (const type of ['click', 'keydown']) addEventListener(type, began, true);
    });
  };
`;

/** One input, what has to be on the screen then (an expression), and what has to be done before the next. */
export interface Input {
  readonly act: () => Promise<unknown>;
  readonly effect: string;
  readonly after?: () => Promise<unknown>;
}

export interface Measured {
  readonly what: string;
  readonly picture: readonly number[];
  readonly effect: readonly number[];
  /** The page's own thread, of which a busy machine does not make more. */
  readonly work: readonly number[];
}

/** Seconds that the page's own thread has worked. */
async function worked(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

const idleMs = 100;

export async function measure(
  page: Page,
  cdp: CDPSession,
  what: string,
  inputs: readonly Input[],
): Promise<Measured> {
  const measured = { what, picture: [] as number[], effect: [] as number[], work: [] as number[] };
  for (const { act, effect, after } of inputs) {
    await page.evaluate(`window.awaitEffect(() => ${effect})`);
    const before = await worked(cdp);
    await act();
    measured.effect.push(await page.evaluate<number>('window.effect'));
    const workMs = ((await worked(cdp)) - before) * 1_000;
    // The entry of an input comes some time behind its picture.
    await page.evaluate(`new Promise((done) => setTimeout(done, ${idleMs}))`);
    measured.picture.push(await page.evaluate<number>('Math.max(0, ...window.pictures.values())'));
    measured.work.push(workMs);
    await after?.();
  }
  return measured;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

export function line({ what, picture, effect, work }: Measured): string {
  const of = (values: readonly number[], least: number, ...quantiles: readonly number[]): string =>
    quantiles
      .map((q) => quantile(values, q))
      .map((value) => (value < least ? `<${least}` : value.toFixed(0)).padStart(6))
      .join('');
  const figures = [of(picture, 16, 0.5, 0.95, 1), of(effect, 1, 0.5, 0.95), of(work, 1, 0.5, 0.95)];
  return `  ${what.padEnd(34)}${String(effect.length).padStart(4)} ${figures.join('  ')}`;
}

const two = '   p50   p95';
export const head = [
  `${''.padEnd(36)}   n ${'picture'.padStart(18)}  ${'effect'.padStart(12)}  ${'work'.padStart(12)}`,
  `${''.padEnd(40)} ${two}   max  ${two}  ${two}`,
].join('\n');
