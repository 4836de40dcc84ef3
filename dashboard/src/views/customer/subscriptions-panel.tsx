import type { Subscription } from '../../api/types.ts';
import { Id } from '../../parts/id.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Badge } from '../../parts/status.tsx';
import type { Tone } from '../../parts/states.tsx';
import { day } from '../../text/time.ts';
import type { CustomerPage } from './customer-data.ts';

const tones: Readonly<Record<string, Tone>> = {
  active: 'good',
  trialing: 'info',
  past_due: 'warn',
  unpaid: 'bad',
};

export function SubscriptionsPanel({ page }: { readonly page: CustomerPage }) {
  const { subscriptions } = page;
  if (subscriptions.length === 0) return null;
  return (
    <Panel title={subscriptions.length === 1 ? 'Subscription' : 'Subscriptions'}>
      <ul className="subscriptions">
        {subscriptions.map((subscription) => (
          <li key={subscription.id}>
            <div className="spread">
              <Id id={subscription.id} />
              <Badge tone={tones[subscription.status] ?? 'quiet'}>{subscription.status}</Badge>
            </div>
            <Items of={subscription} />
            <p className="quiet">{datesOf(subscription)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Items({ of: { items } }: { readonly of: Subscription }) {
  return (
    <ul>
      {items.map(({ id, lookupKey, priceId, quantity, of }) => (
        <li key={id} className="spread">
          <span className="mono item" title={priceId}>
            {lookupKey ?? priceId}
            {quantity === null ? '' : ` × ${quantity}`}
          </span>
          <span className={of.length === 1 ? '' : 'is-differs'}>
            {of.length === 0 ? 'matches nothing' : of.join(', ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Nothing is renewed of these. */
const over = new Set(['canceled', 'incomplete', 'incomplete_expired', 'paused']);

function datesOf({
  createdAt,
  currentPeriodEnd,
  cancelAt,
  cancelAtPeriodEnd,
  trialEnd,
  status,
}: Subscription) {
  const ends = cancelAt ?? (cancelAtPeriodEnd ? currentPeriodEnd : null);
  return [
    `since ${day(createdAt)}`,
    status === 'trialing' && trialEnd !== null ? `trial until ${day(trialEnd)}` : null,
    over.has(status)
      ? null
      : ends !== null
        ? `ends ${day(ends)}`
        : currentPeriodEnd === null
          ? null
          : `renews ${day(currentPeriodEnd)}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
