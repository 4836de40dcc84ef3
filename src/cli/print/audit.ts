import type { ShownAudit } from '../client/admin-client.ts';
import { ago, clipped } from './format.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** On a terminal names give way to what was done; elsewhere everything stands whole. */
const widest = { by: 12, from: 21 };

export function auditTable(terminal: Terminal, entries: readonly ShownAudit[]): string {
  const when = ({ at }: ShownAudit): string => (terminal.isTerminal ? ago(at) : at);
  return table(
    terminal,
    ['AGE', 'BY', 'FROM', 'CUSTOMERS', 'WHAT'],
    entries.map((entry) => [
      when(entry),
      clipped(terminal, entry.by, widest.by),
      clipped(terminal, fromText(entry), widest.from),
      entry.customers?.toLocaleString('en-US') ?? '–',
      whatText(entry),
    ]),
  );
}

function fromText({ from: { via, address, forwardedFor } }: ShownAudit): string {
  const short = via === 'command line' ? 'cli' : via;
  const whence = forwardedFor ?? address;
  return whence === null ? short : `${short} ${whence}`;
}

/** What was not asked for need not be said. */
const switches = ['dryRun', 'acceptFewer', 'keys'];

function whatText({ action, target, result }: ShownAudit): string {
  const fields = Object.entries(target)
    .filter(([name, value]) => value !== false || !switches.includes(name))
    .map(([name, value]) => (value === true ? name : name === 'customer' ? `${value}` : `${name}=${value}`));
  return [...(result === 'done' ? [] : [`${result}:`]), action, ...fields].join(' ');
}
