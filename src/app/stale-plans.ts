import type { Context } from './context.ts';
import { planFileHashName } from '../domain/shared-names.ts';

const lookEveryMs = 5_000;

/**
 * Says in the log when another process made another plan file the current one, and when it is the same again: until
 * then this process writes nothing, and a worker has no `/readyz` to say so.
 */
export function watchStalePlans({ store, plans, log }: Pick<Context, 'store' | 'plans' | 'log'>): {
  stop(): void;
} {
  let said = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    // A store that is away is reported by itself.
    const current = await store.shared.get(planFileHashName).catch(() => null);
    const own = plans.current().hash;
    const stale = current === null ? said : current !== own;
    if (stale && !said) log.error({ planFile: own, current }, staleSentence);
    if (!stale && said) log.info({ planFile: own }, 'this process runs the current plan file again');
    said = stale;
    if (!stopped) timer = setTimeout(() => void look(), lookEveryMs);
  };
  timer = setTimeout(() => void look(), lookEveryMs);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

export const staleSentence =
  'This process runs an older plan file than the others and writes nothing: restart it or send it SIGHUP.';
