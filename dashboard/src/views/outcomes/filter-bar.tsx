import { Icon } from '../../parts/icon.tsx';
import { goWith, usePlace } from '../../router.tsx';
import { statuses, windows, type Filters } from './filters.ts';

export function FilterBar({ filters }: { readonly filters: Filters }) {
  const place = usePlace();
  const set = (changes: Readonly<Record<string, string>>): void => goWith(place, changes);
  return (
    <div className="filters">
      <div className="chips" role="group" aria-label="Status">
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={filters.status === status}
            onClick={() => set({ status: filters.status === status ? '' : status })}
          >
            {status}
          </button>
        ))}
      </div>
      <label className="inline-field">
        <span className="visually-hidden">Time</span>
        <select
          className="input"
          value={filters.window}
          onChange={(event) => set({ window: event.target.value })}
        >
          {windows.map(([window, label]) => (
            <option key={window} value={window}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {(['error', 'customer', 'identity'] as const).map((name) =>
        filters[name] === '' ? null : (
          <button
            key={name}
            type="button"
            className="chip chip-value"
            aria-label={`Remove the filter ${name} ${filters[name]}`}
            onClick={() => set({ [name]: '' })}
          >
            {name}: {filters[name]} <Icon name="cross" size={12} />
          </button>
        ),
      )}
      <Narrow set={set} />
    </div>
  );
}

/** A filter by text; what it is for is told by what it looks like. */
function Narrow({ set }: { readonly set: (changes: Readonly<Record<string, string>>) => void }) {
  return (
    <form
      className="narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const form = event.currentTarget;
        const given = new FormData(form).get('text');
        const text = typeof given === 'string' ? given.trim() : '';
        if (text !== '') set({ [fieldOf(text)]: text });
        form.reset();
      }}
    >
      <input
        className="input"
        name="text"
        aria-label="Narrow to a customer, an identity or an error code"
        placeholder="cus_…, user id or error code"
        autoComplete="off"
        spellCheck={false}
      />
    </form>
  );
}

/** Error codes are words; ids carry a prefix, a digit or a sign. */
function fieldOf(text: string): 'customer' | 'identity' | 'error' {
  if (text.startsWith('cus_')) return 'customer';
  return /^[a-z]+(_[a-z]+)+$/.test(text) && !/^(user|org|id)_/.test(text) ? 'error' : 'identity';
}
