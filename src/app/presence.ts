import { hostname } from 'node:os';
import type { SharedValues } from '../domain/ports.ts';
import { processesName } from '../domain/shared-names.ts';
import type { ProcessView } from '../domain/views/stats.ts';

/** A process that has not been seen for so long is not shown any more. */
const forgottenMs = 60_000;

type Entries = Readonly<Record<string, ProcessView>>;

/** Which processes share this store, as each of them says of itself every few seconds. */
export function createPresence(shared: Pick<SharedValues, 'get' | 'change'>, now: () => number) {
  const recent = (text: string | null): Entries => {
    const entries = text === null || text === '' ? {} : (JSON.parse(text) as Entries);
    return Object.fromEntries(
      Object.entries(entries).filter(([, { seenAt }]) => Math.abs(now() - seenAt) < forgottenMs),
    );
  };
  return {
    async say(process: Omit<ProcessView, 'host' | 'seenAt'>): Promise<void> {
      const entry: ProcessView = { ...process, host: hostname(), seenAt: now() };
      await shared.change(processesName, (text) =>
        JSON.stringify({ ...recent(text), [process.processId]: entry }),
      );
    },
    async leave(processId: string): Promise<void> {
      await shared.change(processesName, (text) => {
        const { [processId]: _gone, ...others } = recent(text);
        return JSON.stringify(others);
      });
    },
    async list(): Promise<readonly ProcessView[]> {
      const entries = Object.values(recent(await shared.get(processesName)));
      return entries.toSorted((a, b) => (a.processId < b.processId ? -1 : 1));
    },
  };
}
