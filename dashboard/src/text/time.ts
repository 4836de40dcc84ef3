const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The two largest parts that matter: `3 d`, `2 h 5 min`, `8 s`. */
function span(ms: number): string {
  const parts: string[] = [];
  let rest = Math.abs(ms);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    // Beside days or many hours the smaller part is noise.
    if (parts.length === 2 || (parts.length === 1 && (name === 'd' ? count >= 3 : count >= 10))) break;
  }
  return parts.join(' ') || 'under 1 s';
}

export function relative(at: string | number, now: number): string {
  const ms = now - (typeof at === 'number' ? at : Date.parse(at));
  if (Math.abs(ms) < 1_500) return 'now';
  const coarse = coarseSpan(Math.abs(ms));
  return ms > 0 ? `${coarse} ago` : `in ${coarse}`;
}

function coarseSpan(ms: number): string {
  const [name, size] = units.find(([, each]) => ms >= each) ?? ['s', 1_000];
  return `${Math.floor(ms / size)} ${name}`;
}

const exactFormat = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
});

/** In the reader's time zone, to the second. */
export function exact(at: string | number): string {
  return exactFormat.format(new Date(at));
}

const clockFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export function clock(at: string | number): string {
  return clockFormat.format(new Date(at));
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

export function day(at: string | number): string {
  return dayFormat.format(new Date(at));
}

/** Latencies: `81 ms`, `1.4 s`, `2 min 5 s`. */
export function latency(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return span(ms);
}

/** The window of a limit, as the plan file writes it: `1h`, `1d`, `90s`. */
export function limitWindow(ms: number): string {
  for (const [suffix, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${suffix}`;
  }
  return `${ms}ms`;
}

const dayAndTimeFormat = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** `26 Nov, 18:15`. */
export function dayAndTime(at: number): string {
  return dayAndTimeFormat.format(at);
}
