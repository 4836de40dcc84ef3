/** A few go on, the others wait in order. */
export interface Line {
  /** Whether something of this size may join; otherwise its sender is better sent away at once. */
  hasRoom(size: number): boolean;
  /** Calls `go` when it is this one's turn, and `halt` where others wait and it has had its time. Returns: leave. */
  join(size: number, go: () => void, halt: () => void): () => void;
}

interface Member {
  readonly size: number;
  readonly go: () => void;
  readonly halt: () => void;
  timer?: NodeJS.Timeout;
}

export interface LineBounds {
  readonly atOnce: number;
  /** The most that all in it may have, in the unit of their sizes. */
  readonly room: number;
  /** One that takes longer goes to the end while others wait, ms. */
  readonly turnMs: number;
}

export function createLine(bounds: LineBounds): Line {
  const going = new Set<Member>();
  const waiting = new Set<Member>();
  let inside = 0;
  const leave = (member: Member): void => {
    clearTimeout(member.timer);
    if (!waiting.delete(member) && !going.delete(member)) return;
    inside -= member.size;
    fill();
  };
  const fill = (): void => {
    for (const member of waiting) {
      if (going.size >= bounds.atOnce) return;
      waiting.delete(member);
      going.add(member);
      member.timer = setTimeout(() => giveWay(member), bounds.turnMs);
      member.go();
    }
  };
  const giveWay = (member: Member): void => {
    if (waiting.size === 0) return void member.timer?.refresh();
    going.delete(member);
    member.halt();
    waiting.add(member);
    fill();
  };
  return {
    hasRoom: (size) => inside + size <= bounds.room,
    join(size, go, halt) {
      const member: Member = { size, go, halt };
      inside += size;
      waiting.add(member);
      fill();
      return () => leave(member);
    },
  };
}
