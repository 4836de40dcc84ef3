import { createLog } from '../log.ts';

/** What arrived at the stand-in, for tests and for the story that the demo tells. */

export interface LoggedRequest {
  /** Such as `identities.updateIdentity`. */
  readonly operation: string;
  /** The identity or external id of the request; '' when it names none. */
  readonly subject: string;
  /** The body as it was understood; null when it was not JSON. */
  readonly body: unknown;
  /** Epoch milliseconds of the arrival. */
  readonly at: number;
  readonly ms: number;
  /** null: the connection was cut. */
  readonly status: number | null;
  readonly requestId: string;
  /** Another update of the same identity was under way when this one arrived. */
  readonly overlapped: boolean;
}

export function createRequestLog(now: () => number) {
  const { add, entries, clear } = createLog<LoggedRequest>();
  const underWay = new Map<string, number>();
  return {
    entries,
    clear,
    /** `identityId` is null where nothing can overlap. Call the result once, when the call is over. */
    begin(
      start: Pick<LoggedRequest, 'operation' | 'subject' | 'body' | 'requestId'>,
      identityId: string | null,
    ): (status: number | null) => void {
      const at = now();
      const before = identityId === null ? 0 : (underWay.get(identityId) ?? 0);
      if (identityId !== null) underWay.set(identityId, before + 1);
      return (status) => {
        if (identityId !== null) {
          const left = (underWay.get(identityId) ?? 1) - 1;
          if (left === 0) underWay.delete(identityId);
          else underWay.set(identityId, left);
        }
        add({ ...start, at, ms: now() - at, status, overlapped: before > 0 });
      };
    },
  };
}

export type RequestLog = ReturnType<typeof createRequestLog>;
