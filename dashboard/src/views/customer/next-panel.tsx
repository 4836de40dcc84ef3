import type { Upcoming } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { useNow } from '../../parts/now.tsx';
import { Panel } from '../../parts/panel.tsx';
import { number } from '../../text/number.ts';
import { day, limitWindow } from '../../text/time.ts';
import type { CustomerPage } from './customer-data.ts';
import { planName } from './verdict.ts';

/** What time alone will change, and when somebody looks next. */
export function NextPanel({ page }: { readonly page: CustomerPage }) {
  const { upcoming, customer } = page;
  const now = useNow();
  return (
    <Panel title="What changes next">
      <ul className="upcoming">
        {upcoming.map((each) => (
          <li key={`${each.kind} ${each.at}`}>
            <time dateTime={each.at}>
              {day(each.at)}{' '}
              <span className="quiet">
                · <Ago at={each.at} />
              </span>
            </time>
            <p>{sentenceOf(each)}</p>
          </li>
        ))}
        {upcoming.length === 0 ? (
          <li className="quiet">Nothing, until something changes in Stripe.</li>
        ) : null}
        {customer.nextCheckAt === null ? null : (
          <li className="quiet">
            {Date.parse(customer.nextCheckAt) <= now ? (
              'About to be looked at again.'
            ) : (
              <>
                Looked at again <Ago at={customer.nextCheckAt} />.
              </>
            )}
          </li>
        )}
      </ul>
    </Panel>
  );
}

function sentenceOf({ kind, subscriptionId, after }: Upcoming): string {
  if (kind === 'trialEnds') return `The trial of ${subscriptionId} ends; the first payment decides.`;
  const what = {
    graceEnds: 'The grace for what is owed ends',
    phaseBegins: `The next phase of ${subscriptionId}'s schedule begins`,
    subscriptionEnds: `${subscriptionId} ends`,
  }[kind];
  if (after === null) return `${what}.`;
  if (after.refused !== null) return `${what}. Then: ${after.refused}`;
  const { ratelimits, overrides = {} } = after;
  const named = [
    ...Object.entries(ratelimits),
    ...Object.entries(overrides).map(([namespace, rate]) => [`override ${namespace}`, rate] as const),
  ];
  const limits = named
    .map(([name, { limit, duration }]) => `${name} ${number(limit)} / ${limitWindow(duration)}`)
    .join(', ');
  return `${what}: ${planName(after.plan)}${limits === '' ? '' : `, with ${limits}`}.`;
}
