import { useSession } from '../../api/session.ts';
import { ActButton } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Id } from '../../parts/id.tsx';
import { useNow } from '../../parts/now.tsx';
import { Note, Shown } from '../../parts/states.tsx';
import { stripePage } from '../../text/stripe-page.ts';
import { useCustomer, useSyncNow, type CustomerPage } from './customer-data.ts';
import { HeldActions } from './held-actions.tsx';
import { IdentityPanel } from './identity-panel.tsx';
import { MetadataPanel } from './metadata-panel.tsx';
import { NextPanel } from './next-panel.tsx';
import { RequestPanel } from './request-panel.tsx';
import { SubscriptionsPanel } from './subscriptions-panel.tsx';
import { TimelinePanel } from './timeline/timeline-panel.tsx';
import { verdictOn } from './verdict.ts';
import { WhyPanel } from './why-panel.tsx';

export function CustomerView({ customerId }: { readonly customerId: string }) {
  const asked = useCustomer(customerId);
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="mono-title">
            <Id id={customerId} />
          </h1>
          <Names page={asked.data} />
        </div>
        <Actions customerId={customerId} page={asked.data} />
      </div>
      <Shown asked={asked}>{(page) => <Page page={page} />}</Shown>
      <TimelinePanel customerId={customerId} />
      {asked.data === undefined ? null : <RequestPanel page={asked.data} />}
    </>
  );
}

function Names({ page }: { readonly page: CustomerPage | undefined }) {
  const externalId = page?.customer.externalId ?? null;
  if (externalId === null) return null;
  return (
    <p className="names">
      Identity <Id id={externalId} />
      {page?.identity ? <Id id={page.identity.id} /> : null}
    </p>
  );
}

function Actions({
  customerId,
  page,
}: {
  readonly customerId: string;
  readonly page: CustomerPage | undefined;
}) {
  const session = useSession().data;
  const sync = useSyncNow(customerId);
  const identityId = page?.identity?.id ?? page?.customer.identityId ?? null;
  const { stripeCustomers = null, unkeyIdentities = null } = session ?? {};
  return (
    <div className="actions">
      {stripeCustomers === null ? null : (
        <Outside to={stripePage(stripeCustomers, customerId)}>Stripe</Outside>
      )}
      {unkeyIdentities === null || identityId === null ? null : (
        <Outside to={unkeyIdentities + identityId}>Unkey</Outside>
      )}
      {page === undefined ? null : <HeldActions page={page} />}
      <ActButton kind="primary" disabled={sync.isPending} onClick={() => sync.mutate()}>
        <Icon name="runs" />
        Sync now
      </ActButton>
    </div>
  );
}

function Outside({ to, children }: { readonly to: string; readonly children: string }) {
  return (
    <a className="button" href={to} target="_blank" rel="noreferrer noopener">
      {children}
      <Icon name="out" size={13} />
      <span className="visually-hidden">, in a new tab</span>
    </a>
  );
}

function Page({ page }: { readonly page: CustomerPage }) {
  const now = useNow();
  const { tone, sentence, detail } = verdictOn(page, now);
  return (
    <>
      <Note tone={tone} title={sentence}>
        {detail ?? undefined}
      </Note>
      <div className="columns">
        <div className="stack">
          <IdentityPanel page={page} />
          <MetadataPanel page={page} />
          <NextPanel page={page} />
        </div>
        <div className="stack">
          <WhyPanel page={page} />
          <SubscriptionsPanel page={page} />
        </div>
      </div>
    </>
  );
}
