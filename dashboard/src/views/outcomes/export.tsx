import { useMutation } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import type { Outcome } from '../../api/types.ts';
import { announce } from '../../parts/announce.tsx';
import { Button } from '../../parts/button.tsx';
import { counted } from '../../text/number.ts';
import { csvOf } from './csv.ts';
import { queryOf, type Filters } from './filters.ts';

/** More than this is for the command line: planwire outcomes --json. */
const mostRows = 10_000;

export function Export({ filters }: { readonly filters: Filters }) {
  const save = useMutation({
    mutationFn: () => collect(filters),
    onSuccess: (outcomes) => {
      download(csvOf(outcomes), 'text/csv', `planwire-outcomes-${new Date().toISOString().slice(0, 19)}.csv`);
      const cut = outcomes.length >= mostRows ? '; there are more' : '';
      announce(`${counted(outcomes.length, 'outcome')} exported${cut}`);
    },
    onError: (error) => announce(error.message),
  });
  return (
    <Button disabled={save.isPending} onClick={() => save.mutate()}>
      {save.isPending ? 'Reading…' : 'Export CSV'}
    </Button>
  );
}

async function collect(filters: Filters): Promise<readonly Outcome[]> {
  const query = queryOf(filters, Date.now());
  const all: Outcome[] = [];
  let cursor: string | null = '';
  while (cursor !== null && all.length < mostRows) {
    const page: { readonly outcomes: readonly Outcome[]; readonly nextCursor: string | null } = await call(
      'GET /v1/outcomes',
      { query: { ...query, limit: '200', cursor } },
    );
    all.push(...page.outcomes);
    cursor = page.nextCursor;
  }
  return all.slice(0, mostRows);
}

function download(text: string, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
