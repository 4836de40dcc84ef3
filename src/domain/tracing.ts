/**
 * Spans, as whoever works needs them. The rest of Planwire knows this port alone: the library that meets it is loaded
 * only where somebody wants traces.
 */

/** null: not known, and left out. */
export type Attributes = Readonly<Record<string, string | number | readonly string[] | null>>;

export interface Span {
  /** Its W3C trace context, from which another process goes on; null: nothing is traced. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  /** It did not end well; the error's short name, never its text. */
  fail(error: string): void;
  /** Runs a part of it as a span of its own. */
  stage<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'consumer';
  /** What `Tracer.clock` said when it began; without it, now. */
  readonly since?: number;
  /** The W3C trace context that it goes on from, and those that led here as well. */
  readonly parent?: string | undefined;
  readonly links?: readonly string[];
  readonly attributes: Attributes;
}

/** A call to somebody else, until it ends. */
interface CallSpan {
  end(found: Attributes, error: string | null): void;
}

export interface Tracer {
  clock(): number;
  /** Runs the work as a span; calls and stages that it makes lie beneath it. */
  run<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /** Without a span above it a call leaves none: bulk work reads by the thousand. */
  call(name: string, attributes: Attributes): CallSpan;
}

export const noSpan: Span = {
  traceparent: null,
  set: () => undefined,
  fail: () => undefined,
  stage: (_name, work) => work(),
};

const noCall: CallSpan = { end: () => undefined };

/** What runs where nobody wants traces. */
export const noTracer: Tracer = {
  clock: () => 0,
  run: (_start, work) => work(noSpan),
  call: () => noCall,
};
