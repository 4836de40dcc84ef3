import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { outcomeStatuses } from '../../src/domain/outcome/outcome.ts';
import { createLogger, logOutcome } from '../../src/observe/log.ts';
import { anError, anOutcome } from '../support/outcome-fixture.ts';

function logger() {
  const lines: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trimEnd().split('\n')));
  return { log: createLogger({ level: 'trace', format: 'json' }, stream), lines };
}

describe('the log line of an attempt', () => {
  it.each(outcomeStatuses)('has the same fields whatever came of it: %s', (status) => {
    const { log, lines } = logger();
    const error = status === 'failed' || status === 'retrying' ? anError('http_500') : null;
    const outcome = { ...anOutcome({ id: 'out_1', finishedAt: 1_000, status }), error };
    logOutcome(log, outcome);
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(Object.keys(line)).toEqual([
      'level',
      'time',
      'pid',
      'hostname',
      'outcome',
      'status',
      'requestId',
      'cause',
      'events',
      'customer',
      'identity',
      'planFrom',
      'planTo',
      'error',
      'attempt',
      'retryAt',
      'ms',
      'msg',
    ]);
    expect(line).toMatchObject({ outcome: 'out_1', status, error: error?.code ?? null });
    expect(line['level']).toBe(
      { failed: 'error', retrying: 'warn', held: 'warn' }[status as string] ?? 'info',
    );
  });
});

it('an error in the log is its class, code and message, never what else it carries', () => {
  const { log, lines } = logger();
  const error = Object.assign(new Error('went wrong'), { code: 'E_X', payload: 'sekrit', header: 'sekrit' });
  log.error({ err: error }, 'failed');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: { name: 'Error', code: 'E_X', message: 'went wrong' },
  });
  expect(lines[0]).not.toMatch(/sekrit|stack/);
});
