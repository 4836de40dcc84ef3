import { useQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';

export type Overview = Answer<'GET /v1/overview'>;
export type Problems = Answer<'GET /v1/problems'>;
export type Reconciliations = Answer<'GET /v1/reconciliations'>;
export type Status = Answer<'GET /v1/status'>;

export const windows = [
  ['15m', '15 min'],
  ['1h', '1 hour'],
  ['24h', '1 day'],
  ['7d', '7 days'],
] as const;

const lookAgainMs = 5_000;

export function useOverview(window: string) {
  return useQuery({
    queryKey: ['overview', window],
    queryFn: ({ signal }) => call('GET /v1/overview', { query: { window }, signal }),
    // While older outcomes are still being read the numbers grow at every look.
    refetchInterval: ({ state }) => (state.data?.complete === false ? 1_000 : lookAgainMs),
    placeholderData: (before) => before,
  });
}

export function useProblems(window = '7d') {
  return useQuery({
    queryKey: ['problems', window],
    queryFn: ({ signal }) => call('GET /v1/problems', { query: { window }, signal }),
    refetchInterval: lookAgainMs,
  });
}

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => call('GET /v1/status', { signal }),
    refetchInterval: lookAgainMs,
  });
}

export function useReconciliations() {
  return useQuery({
    queryKey: ['reconciliations'],
    queryFn: ({ signal }) => call('GET /v1/reconciliations', { signal }),
    refetchInterval: ({ state }) => (state.data?.latest?.run.state === 'running' ? 1_000 : lookAgainMs),
  });
}
