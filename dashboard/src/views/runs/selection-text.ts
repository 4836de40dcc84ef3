import type { Run } from '../../api/types.ts';
import { dayAndTime } from '../../text/time.ts';

/** Whom a run is for, from its selection and options. */
export function selectionText({ kind, selection, options }: Run): string {
  if (kind === 'reconcile') return whomCompared(selection);
  if (kind !== 'replay') return 'Every customer that it concerns';
  const { id, status, error, since, until } = selection as Readonly<Record<string, string | undefined>>;
  const whom =
    id === undefined
      ? [
          `Customers of ${status ?? 'all'} outcomes`,
          error === undefined ? null : `of ${error}`,
          since === undefined ? null : `since ${timeOf(since)}`,
          until === undefined ? null : `until ${timeOf(until)}`,
        ]
          .filter((part) => part !== null)
          .join(' ')
      : `Whoever ${id} leads to`;
  return options['dryRun'] === true ? `${whom}; counted only` : whom;
}

/** A run keeps what was asked for as it was written; where that is a moment, it is read in the reader's own time. */
function timeOf(text: string): string {
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : dayAndTime(at);
}

function whomCompared({ customer, plan, report }: Run['selection']): string {
  if (typeof customer === 'string') return `Customer ${customer} alone`;
  if (typeof plan === 'string') return `Customers of the plan ${plan}`;
  return report === undefined ? 'Everybody' : 'Rows of an earlier report';
}
