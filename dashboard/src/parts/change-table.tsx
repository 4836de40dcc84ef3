import type { Change } from '../api/types.ts';
import { number } from '../text/number.ts';
import { limitWindow } from '../text/time.ts';
import { Table } from './table.tsx';

interface Row {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What was changed, before and after; only what is ours is in it. */
export function ChangeTable({ change }: { readonly change: Change }) {
  const rows = changesOf(change);
  if (rows.length === 0) return null;
  return (
    <section>
      <h3>Change</h3>
      <Table label="Changes" look="change" heads={['What', 'Before', 'After']}>
        {rows.map(({ name, before, after }) => (
          <tr key={name}>
            <td>{name}</td>
            <td className="change-before">{before ?? '–'}</td>
            <td className="change-after">{after ?? '–'}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

export function changesOf(change: Change): readonly Row[] {
  return [...limitRows(change), ...overrideRows(change), ...metaRows(change)].filter(
    ({ before, after }) => before !== after,
  );
}

function limitRows({ ratelimits: { before, after } }: Change): readonly Row[] {
  const text = (limits: typeof before, name: string): string | null => {
    const limit = limits.find((each) => each.name === name);
    return limit === undefined
      ? null
      : `${number(limit.limit)} / ${limitWindow(limit.duration)}${limit.autoApply ? '' : ', not by itself'}`;
  };
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].map((name) => ({ name, before: text(before, name), after: text(after, name) }));
}

function overrideRows({ overrides = { before: [], after: [] } }: Change): readonly Row[] {
  const { before, after } = overrides;
  const text = (of: typeof before, name: string): string | null => {
    const override = of.find(({ namespace }) => namespace === name);
    return override === undefined ? null : `${number(override.limit)} / ${limitWindow(override.duration)}`;
  };
  return [...new Set([...before, ...after].map(({ namespace }) => namespace))].map((name) => ({
    name: `override ${name}`,
    before: text(before, name),
    after: text(after, name),
  }));
}

function metaRows({ meta: { before, after } }: Change): readonly Row[] {
  const text = (value: unknown): string | null =>
    value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].map((key) => ({
    name: `metadata ${key}`,
    before: text(before[key]),
    after: text(after[key]),
  }));
}
