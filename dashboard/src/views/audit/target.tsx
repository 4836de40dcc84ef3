import type { AuditEntry } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { CustomerId, Id, runPath } from '../../parts/id.tsx';

/** Whom or what an action was for, by the fields of the request. */
export function Target({ of }: { readonly of: AuditEntry['target'] }) {
  // What was not asked for need not be said.
  const fields = Object.entries(of).filter(([, value]) => value !== false);
  if (fields.length === 0) return <span className="quiet">everybody</span>;
  return (
    <span className="fields">
      {fields.map(([name, value]) => (
        <Field key={name} name={name} value={value} />
      ))}
    </span>
  );
}

function Field({ name, value }: { readonly name: string; readonly value: string | number | boolean }) {
  if (name === 'customer') return <CustomerId id={String(value)} />;
  if (name === 'run') return <Id id={String(value)} to={runPath(String(value))} />;
  if (name === 'id') return <Id id={String(value)} to={`/find?id=${encodeURIComponent(String(value))}`} />;
  if ((name === 'since' || name === 'until') && !Number.isNaN(Date.parse(String(value)))) {
    return (
      <span>
        <span className="quiet">{name}</span> <Ago at={String(value)} />
      </span>
    );
  }
  const words = name.replaceAll(/(?=[A-Z])/g, ' ').toLowerCase();
  return (
    <span>
      <span className="quiet">{words}</span>
      {value === true ? null : ` ${String(value)}`}
    </span>
  );
}
