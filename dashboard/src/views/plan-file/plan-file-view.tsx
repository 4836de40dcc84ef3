import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Lines } from '../../parts/lines.tsx';
import { Note, Shown } from '../../parts/states.tsx';
import { shortHash } from '../../text/hash.ts';
import { CheckDialog } from './check-dialog.tsx';
import { PlansPanel, type PlanFile } from './plans-panel.tsx';
import { PricesPanel } from './prices-panel.tsx';
import { ProcessesPanel } from './processes-panel.tsx';

export function PlanFileView() {
  const [checking, setChecking] = useState(false);
  const file = useQuery({
    queryKey: ['plan-file'],
    queryFn: ({ signal }) => call('GET /v1/plan-file', { signal }),
    refetchInterval: 10_000,
  });
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Plan file</h1>
          <p className="names">
            What a Stripe price is worth in Unkey.
            {file.data === undefined ? null : (
              <span className="id">
                <span title={file.data.hash}>{shortHash(file.data.hash)}</span>
                <CopyButton text={file.data.hash} what="the hash of the plan file" />
              </span>
            )}
          </p>
        </div>
        <div className="actions">
          <Button kind="primary" onClick={() => setChecking(true)}>
            Compare another file
          </Button>
        </div>
      </div>
      <Shown asked={file}>{(data) => <Loaded file={data} />}</Shown>
      <ProcessesPanel />
      <PricesPanel />
      {checking ? <CheckDialog close={() => setChecking(false)} /> : null}
    </>
  );
}

function Loaded({ file }: { readonly file: PlanFile }) {
  const { refused, warnings } = file;
  return (
    <>
      {refused.length === 0 ? null : (
        <Note tone="bad" title="A newer file was refused; the running one stays">
          <Lines of={refused} />
        </Note>
      )}
      {warnings.length === 0 ? null : (
        <Note tone="warn" title={warnings.length === 1 ? 'A warning' : `${warnings.length} warnings`}>
          <Lines of={warnings} />
        </Note>
      )}
      <PlansPanel file={file} />
    </>
  );
}
