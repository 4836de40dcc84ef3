import type { Run } from '../../api/types.ts';

/** Whom a run is for, from its selection and options. */
export function selectionText({ kind, selection, options }: Run): string {
  if (kind !== 'replay') return 'Every customer that it concerns';
  const { id, status, error, since, until } = selection as Readonly<Record<string, string | undefined>>;
  const whom =
    id === undefined
      ? [
          `Customers of ${status ?? 'all'} outcomes`,
          error === undefined ? null : `of ${error}`,
          since === undefined ? null : `since ${since}`,
          until === undefined ? null : `until ${until}`,
        ]
          .filter((part) => part !== null)
          .join(' ')
      : `Whoever ${id} leads to`;
  return options['dryRun'] === true ? `${whom}; counted only` : whom;
}
