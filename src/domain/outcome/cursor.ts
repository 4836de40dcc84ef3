/** A place in a list ordered by a time and then an id. It stays right while entries come and go around it. */
export interface Position {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly id: string;
}

/** Somebody passed a cursor that no list of ours has given out: their input is wrong, not the store. */
export class MalformedCursorError extends Error {
  override readonly name = 'MalformedCursorError';
  constructor() {
    super(
      'The cursor is not one this list has given out: pass `nextCursor` of the last page unchanged, or none to start over.',
    );
  }
}

/** Opaque text that is safe in a URL. */
export function encodeCursor(position: Position): string {
  return Buffer.from(`${position.time} ${position.id}`).toString('base64url');
}

/** Throws MalformedCursorError. */
export function decodeCursor(cursor: string): Position {
  const [, time, id] = /^(\d{1,15}) (.+)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (time === undefined || id === undefined) throw new MalformedCursorError();
  const position = { time: Number(time), id };
  // Buffer skips whatever is not base64url, so only the way back shows that nothing was skipped.
  if (encodeCursor(position) !== cursor) throw new MalformedCursorError();
  return position;
}

/** Ascending by time, then by id. */
export function comparePositions(a: Position, b: Position): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
