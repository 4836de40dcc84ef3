import { useSession } from '../../api/session.ts';
import { CopyButton } from '../../parts/copy.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { CustomerPage } from './customer-data.ts';

/** The exact request of the next sync, for who wants to send it or to see it. */
export function RequestPanel({ page: { request } }: { readonly page: CustomerPage }) {
  const api = useSession().data?.unkeyApi ?? '';
  if (request === null) return null;
  const operation = 'identity' in request ? 'identities.updateIdentity' : 'identities.createIdentity';
  const text = curl(`${api}/v2/${operation}`, request);
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
