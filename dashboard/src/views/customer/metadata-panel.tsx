import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import type { CustomerPage } from './customer-data.ts';

interface MetaRow {
  readonly key: string;
  readonly wanted: unknown;
  readonly actual: unknown;
  readonly owned: boolean;
}

export function MetadataPanel({ page }: { readonly page: CustomerPage }) {
  const rows = metaRows(page);
  if (rows.length === 0) return null;
  return (
    <Panel title="Metadata" flush>
      <Table label="Metadata" heads={['Key', 'Should be', 'Unkey has']}>
        {rows.map(({ key, wanted, actual, owned }) => (
          <tr key={key}>
            <td>
              <strong>{key}</strong>
            </td>
            <td>{owned ? <Value value={wanted} /> : <span className="quiet">not ours</span>}</td>
            <td className={owned && text(wanted) !== text(actual) ? 'is-differs' : ''}>
              <Value value={actual} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function metaRows({ decision, identity, change }: CustomerPage): readonly MetaRow[] {
  const wanted = decision?.kind === 'decided' ? decision.wanted.meta : {};
  const actual = identity?.meta ?? {};
  const owned = new Set([...Object.keys(wanted), ...Object.keys(change?.meta.before ?? {})]);
  const keys = [...new Set([...owned, ...Object.keys(actual)])];
  return keys.map((key) => ({ key, wanted: wanted[key], actual: actual[key], owned: owned.has(key) }));
}

function text(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined) return <span className="quiet">–</span>;
  return <span className="mono value">{text(value)}</span>;
}
