/** A span as a picture of its trace needs it; times in milliseconds since the epoch. */
export interface DrawnSpan {
  readonly name: string;
  readonly process: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number | string | null;
}

/** A trace as text: each span beneath the one that it belongs to, with when it began and how long it took. */
export function drawTrace(spans: readonly DrawnSpan[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === null || !known.has(parentSpanId));
  const zero = Math.min(...spans.map(({ startMs }) => startMs));
  const draw = (span: DrawnSpan, before: string, corner: string): readonly string[] => {
    const beneath = spans
      .filter(({ parentSpanId }) => parentSpanId === span.spanId)
      .toSorted((a, b) => a.startMs - b.startMs);
    const next = before + (corner === '├─ ' ? '│  ' : corner === '' ? '' : '   ');
    const children = beneath.flatMap((child, index) =>
      draw(child, next, index === beneath.length - 1 ? '└─ ' : '├─ '),
    );
    return [line(span, before + corner, zero), ...children];
  };
  return roots.flatMap((root) => draw(root, '', '')).join('\n');
}

function line({ name, process, startMs, endMs, status }: DrawnSpan, indent: string, zero: number): string {
  const from = ms(startMs - zero).padStart(10);
  const took = ms(endMs - startMs).padStart(9);
  return `${`${indent}${name}`.padEnd(46)}${process.padEnd(8)}${from}${took}  ${status ?? ''}`.trimEnd();
}

function ms(duration: number): string {
  return `${duration >= 1000 ? Math.round(duration) : duration.toFixed(1)} ms`;
}
