import { Shown } from '../../parts/states.tsx';
import { useStatus, type Status } from './home-data.ts';

const names = [
  ['stripe', 'Stripe'],
  ['unkey', 'Unkey'],
  ['store', 'Store'],
  ['planFile', 'Plan file'],
  ['queue', 'Queue'],
] as const;

export function Lights() {
  const status = useStatus();
  return (
    <Shown asked={status} loading={<div className="lights lights-empty" />}>
      {(data) => (
        <section className="lights-card" aria-label="What Planwire needs">
          <ul className="lights">
            {names.map(([part, name]) => (
              <Light key={part} name={name} check={data[part]} />
            ))}
          </ul>
          {names.map(([part, name]) => {
            const { detail, ok } = data[part];
            return detail === null ? null : (
              <p key={part} className={`light-detail ${ok ? 'is-warning' : 'is-differs'}`}>
                <strong>{name}</strong> {detail}
              </p>
            );
          })}
        </section>
      )}
    </Shown>
  );
}

function Light({ name, check: { ok, detail } }: { readonly name: string; readonly check: Status['store'] }) {
  // Something said of what is well is a warning.
  const tone = ok ? (detail === null ? 'good' : 'warn') : 'bad';
  return (
    <li className={`light light-${tone}`}>
      <span className="light-name">{name}</span>
      <span className="light-state">
        {tone === 'good' ? 'healthy' : tone === 'warn' ? 'warning' : 'in trouble'}
      </span>
    </li>
  );
}
