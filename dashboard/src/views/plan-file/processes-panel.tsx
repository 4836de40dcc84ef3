import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Ago } from '../../parts/ago.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { shortHash } from '../../text/hash.ts';

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
            <Scroll label="Processes">
              <table className="table">
                <thead>
                  <tr>
                    <th>Process</th>
                    <th>Does</th>
                    <th>Plan file</th>
                    <th>Version</th>
                    <th>Started</th>
                    <th>Seen</th>
                  </tr>
                </thead>
                <tbody>
                  {processes.map(
                    ({ processId, host, roles, planFile, stale, version, startedAt, seenAt }) => (
                      <tr key={processId}>
                        <td>
                          <strong>{host}</strong> <span className="mono quiet">{processId}</span>
                        </td>
                        <td>{roles.map((role) => (role === 'http' ? 'answers' : 'works')).join(' and ')}</td>
                        <td>
                          <span className="mono">{shortHash(planFile)}</span>{' '}
                          <Badge tone={stale ? 'bad' : 'good'}>
                            {stale ? 'not the one that counts' : 'counts'}
                          </Badge>
                        </td>
                        <td>{version}</td>
                        <td>
                          <Ago at={startedAt} />
                        </td>
                        <td>
                          <Ago at={seenAt} />
                        </td>
                      </tr>
                    ),
                  )}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </Panel>
  );
}
