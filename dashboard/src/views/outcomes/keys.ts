import { useEffect, useState } from 'react';
import { call } from '../../api/call.ts';
import { useSession, type Session } from '../../api/session.ts';
import type { Outcome } from '../../api/types.ts';
import { announce } from '../../parts/announce.tsx';
import { copyText } from '../../parts/copy.tsx';
import { customerPath } from '../../parts/id.tsx';
import { go } from '../../router.tsx';
import { isTyping } from '../../shell/typing.ts';
import { stripePage } from '../../text/stripe-page.ts';

interface Keyed {
  readonly rows: readonly Outcome[];
  readonly open: Outcome | null;
  readonly setOpen: (outcome: Outcome | null) => void;
  readonly setHelp: (shown: boolean) => void;
  readonly more: () => void;
}

export const keys = [
  ['j', 'next outcome'],
  ['k', 'previous outcome'],
  ['Enter', 'open it'],
  ['r', 'replay: sync its customer again'],
  ['e', 'explain: open its customer'],
  ['o', 'open its customer in Stripe'],
  ['u', 'open its identity in Unkey'],
  ['c', 'copy its id'],
  ['/', 'search'],
  ['?', 'these keys'],
] as const;

/** The keys of the list; the row that they act on is the answer. */
export function useKeys(keyed: Keyed): string | null {
  const [cursor, setCursor] = useState<string | null>(null);
  const session = useSession().data ?? null;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const held = event.ctrlKey || event.metaKey || event.altKey;
      if (held || isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      if (act(event.key, { ...keyed, cursor, setCursor, session })) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  useEffect(() => {
    if (cursor !== null) document.querySelector(`#row-${cursor}`)?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);
  return cursor;
}

/** Who goes on by keys means the row from here on, not the button that was pressed before. */
function leaveButton(): void {
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused.matches('a, button')) focused.blur();
}

interface Acting extends Keyed {
  readonly cursor: string | null;
  readonly setCursor: (id: string | null) => void;
  readonly session: Session | null;
}

/** Whether the key meant something here. */
function act(key: string, acting: Acting): boolean {
  const { rows, cursor, setCursor, setHelp } = acting;
  const at = rows.findIndex(({ id }) => id === cursor);
  switch (key) {
    case '?':
      setHelp(true);
      return true;
    case 'j':
      leaveButton();
      setCursor(rows[Math.min(at + 1, rows.length - 1)]?.id ?? null);
      if (at + 2 >= rows.length) acting.more();
      return true;
    case 'k':
      leaveButton();
      setCursor(rows[Math.max(at - 1, 0)]?.id ?? null);
      return true;
    default: {
      const outcome = rows[at];
      return outcome !== undefined && actOn(key, outcome, acting);
    }
  }
}

function actOn(key: string, outcome: Outcome, { setOpen, session }: Acting): boolean {
  const { id, customerId, identity } = outcome;
  switch (key) {
    case 'Enter':
      // A link or button that has the focus is what Enter is for.
      if (document.activeElement?.matches('a, button') === true) return false;
      setOpen(outcome);
      return true;
    case 'c':
      void copyText(id, id);
      return true;
    case 'e':
      if (customerId !== null) go(customerPath(customerId));
      return true;
    case 'o':
      visit(stripeAddress(session, customerId), 'Stripe');
      return true;
    case 'u':
      visit(unkeyAddress(session, identity.id), 'Unkey');
      return true;
    case 'r':
      void replay(outcome, session);
      return true;
    default:
      return false;
  }
}

function stripeAddress(session: Session | null | undefined, customerId: string | null): string | null {
  const base = session?.stripeCustomers ?? null;
  return base === null || customerId === null ? null : stripePage(base, customerId);
}

function unkeyAddress(session: Session | null | undefined, identityId: string | null): string | null {
  const base = session?.unkeyIdentities ?? null;
  return base === null || identityId === null ? null : base + identityId;
}

function visit(address: string | null, where: string): void {
  if (address === null) announce(`There is no page of ${where} to open`);
  else window.open(address, '_blank', 'noopener,noreferrer');
}

export async function replay({ id }: Outcome, session: Session | null): Promise<void> {
  if (session?.access !== 'full') {
    announce('Your token may look and change nothing');
    return;
  }
  await call('POST /v1/replays', { body: { id } }).then(
    () => announce('Its customer will be synced again'),
    (error: Error) => announce(error.message),
  );
}
