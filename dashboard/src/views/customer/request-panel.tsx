import { useSession } from '../../api/session.ts';
import { CopyButton } from '../../parts/copy.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { CustomerPage } from './customer-data.ts';

/** The exact requests of the next sync, for who wants to send them or to see them. */
export function RequestPanel({ page: { request, overrideRequests } }: { readonly page: CustomerPage }) {
  const api = useSession().data?.unkeyApi ?? '';
  const requests = [
    ...(request === null ? [] : [[operationOf(request), request] as const]),
    ...overrideRequests.map((setting) => ['ratelimit.setOverride', setting] as const),
  ];
  if (requests.length === 0) return null;
  const text = requests.map(([operation, body]) => curl(`${api}/v2/${operation}`, body)).join('\n\n');
  return (
    <Panel
      title="What a sync would send"
      about="Nothing else of the identity is touched."
      actions={<CopyButton text={text} what="the request" />}
    >
      <pre className="code" tabIndex={0}>
        {text}
      </pre>
    </Panel>
  );
}

function operationOf(request: NonNullable<CustomerPage['request']>): string {
  return 'identity' in request ? 'identities.updateIdentity' : 'identities.createIdentity';
}

/** For a shell: the body stands in single quotes, in which nothing but themselves has a meaning. */
function curl(url: string, body: object): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`);
  return [
    `curl ${url} \\`,
    '  -H "Authorization: Bearer $UNKEY_ROOT_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '${json}'`,
  ].join('\n');
}
