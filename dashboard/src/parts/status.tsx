import type { Outcome } from '../api/types.ts';
import type { Tone } from './states.tsx';

type Status = Outcome['status'];

export const statusTones: Readonly<Record<Status, Tone>> = {
  applied: 'good',
  unchanged: 'quiet',
  ignored: 'quiet',
  retrying: 'warn',
  failed: 'bad',
  held: 'held',
};

export function StatusBadge({ status }: { readonly status: Status }) {
  return <span className={`badge tone-${statusTones[status]}`}>{status}</span>;
}

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return <span className={`badge tone-${tone}`}>{children}</span>;
}
