import { useQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';
import { Ago } from '../../parts/ago.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { shortHash } from '../../text/hash.ts';

type Process = Answer<'GET /v1/processes'>['processes'][number];

/** Which process runs which file: one that runs another than counts writes nothing. */
export function ProcessesPanel() {
  const asked = useQuery({
    queryKey: ['processes'],
    queryFn: ({ signal }) => call('GET /v1/processes', { signal }),
    refetchInterval: 5_000,
  });
  return (
    <Panel title="Loaded where" about="Every process that shares this store." flush>
      <Shown asked={asked}>
        {({ processes }) =>
          processes.length === 0 ? (
            <Empty icon="pulse" title="No process has said yet that it lives">
              Each does within seconds of its start.
            </Empty>
          ) : (
            <List processes={processes} />
          )
        }
      </Shown>
    </Panel>
  );
}

function List({ processes }: { readonly processes: readonly Process[] }) {
  return (
    <Table
      label="Processes"
      heads={['Process', 'Does', 'Plan file', 'Version', 'Started', 'Seen']}
      kind="table-labels"
    >
      {processes.map((process) => (
        <Row key={process.processId} process={process} />
      ))}
    </Table>
  );
}

function Row({ process }: { readonly process: Process }) {
  const { processId, host, roles, planFile, stale, version, startedAt, seenAt } = process;
  return (
    <tr>
      <td>
        <strong>{host}</strong> <span className="mono quiet">{processId}</span>
      </td>
      <td data-label="Does">{roles.map((role) => (role === 'http' ? 'HTTP' : 'workers')).join(' and ')}</td>
      <td data-label="Plan file">
        <span className="mono">{shortHash(planFile)}</span>{' '}
        <Badge tone={stale ? 'bad' : 'good'}>{stale ? 'outdated: writes nothing' : 'current'}</Badge>
      </td>
      <td data-label="Version">{version}</td>
      <td data-label="Started">
        <Ago at={startedAt} />
      </td>
      <td data-label="Seen">
        <Ago at={seenAt} />
      </td>
    </tr>
  );
}
