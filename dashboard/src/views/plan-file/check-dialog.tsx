import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call, type Answer } from '../../api/call.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Lines } from '../../parts/lines.tsx';
import { Failed, Note, type Tone } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { counted } from '../../text/number.ts';
import { planValue } from './plan-value.ts';

type Check = Answer<'POST /v1/plan-file/check'>;
type Fine = Extract<Check, { ok: true }>;

/** A file that is pasted here is compared and forgotten. */
export function CheckDialog({ close }: { readonly close: () => void }) {
  const [text, setText] = useState('');
  const check = useMutation({ mutationFn: () => call('POST /v1/plan-file/check', { body: { text } }) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    check.mutate();
  };
  return (
    <Dialog title="Compare another plan file" close={close} look="dialog-wide">
      <form className="confirm" onSubmit={submit}>
        <label className="field">
          Its text, YAML or JSON. It is neither loaded nor kept.
          <textarea
            className="input"
            rows={10}
            autoFocus
            spellCheck={false}
            placeholder={'version: 1\n…'}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <div className="actions">
          <Button onClick={close}>Close</Button>
          <Button kind="primary" type="submit" disabled={text.trim() === '' || check.isPending}>
            {check.isPending ? 'Comparing…' : 'Compare'}
          </Button>
        </div>
      </form>
      {check.error === null ? null : <Failed error={check.error} />}
      {check.data === undefined ? null : <Result check={check.data} />}
    </Dialog>
  );
}

function Result({ check }: { readonly check: Check }) {
  if (!check.ok) {
    return (
      <Note tone="bad" title={`${counted(check.problems.length, 'problem')}: this file would be refused`}>
        <Lines of={check.problems} />
      </Note>
    );
  }
  return (
    <div className="stack check-result" aria-live="polite">
      <Note tone={toneOf(check)} title={headline(check)}>
        {check.warnings.length === 0 ? undefined : <Lines of={check.warnings} />}
      </Note>
      <Differences check={check} />
      <Moves check={check} />
    </div>
  );
}

function toneOf({ same, unmatched }: Fine): Tone {
  if (same) return 'info';
  return unmatched === null || unmatched.length > 0 ? 'warn' : 'good';
}

function headline({ same, differences, unmatched }: Fine): string {
  if (same) return 'It says the same as the running file.';
  const prices =
    unmatched === null
      ? 'Stripe could not be asked about its prices.'
      : unmatched.length === 0
        ? 'Every recurring price is matched.'
        : `${counted(unmatched.length, 'recurring price')} would match nothing: ${unmatched.join(', ')}.`;
  return `It can be used, and differs in ${counted(differences.length, 'place')}. ${prices}`;
}

function Differences({ check: { differences } }: { readonly check: Fine }) {
  if (differences.length === 0) return null;
  return (
    <Table
      label="Differences"
      look="change"
      heads={['Where', 'Running', 'Pasted']}
      kind="table-labels differences"
    >
      {differences.map(({ path, before, after }) => (
        <tr key={path}>
          <td className="mono">{path}</td>
          <td className="mono diff-before" data-label="Running">
            {planValue(path, before)}
          </td>
          <td className="mono diff-after" data-label="Pasted">
            {planValue(path, after)}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Moves({ check: { moves } }: { readonly check: Fine }) {
  if (moves.length === 0) return null;
  return (
    <section>
      <h3>Prices that would lead elsewhere</h3>
      <ul className="lines">
        {moves.map(({ priceId, from, to }) => (
          <li key={priceId}>
            <span className="mono">{priceId}</span>: {from.join(' and ') || 'nothing'} →{' '}
            {to.join(' and ') || 'nothing'}
          </li>
        ))}
      </ul>
    </section>
  );
}
