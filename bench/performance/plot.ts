export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const size = { width: 760, height: 420 };
const frame = { left: 60, right: 250, top: 20, bottom: 45 };
const colours = ['#4269d0', '#d27d00', '#c0392b', '#2a8c82', '#3ca951', '#c2185b', '#7b4fc9'];

/** Both axes by powers of ten, as an SVG that reads on light and dark pages. */
export function plot(lines: readonly Line[], { x, y }: { readonly x: string; readonly y: string }): string {
  const all = lines.flatMap(({ points }) => points);
  const across = scale(
    all.map((point) => point.x),
    frame.left,
    size.width - frame.right,
  );
  const up = scale(
    all.map((point) => point.y),
    size.height - frame.bottom,
    frame.top,
  );
  const grid = [
    ...across.powers.map((power) => {
      const at = across.place(10 ** power);
      return `<line x1="${at}" x2="${at}" y1="${frame.top}" y2="${size.height - frame.bottom}"/><text x="${at}" y="${size.height - frame.bottom + 18}" text-anchor="middle">${label(power)}</text>`;
    }),
    ...up.powers.map((power) => {
      const at = up.place(10 ** power);
      return `<line x1="${frame.left}" x2="${size.width - frame.right}" y1="${at}" y2="${at}"/><text x="${frame.left - 8}" y="${at + 4}" text-anchor="end">${label(power)}</text>`;
    }),
  ];
  // Names beside the ends of their lines, kept apart.
  const ends = lines
    .map((line, n) => ({ n, name: line.name, at: up.place(line.points.at(-1)?.y ?? 1) }))
    .sort((a, b) => a.at - b.at);
  let last = Number.NEGATIVE_INFINITY;
  const names = ends.map(({ n, name, at }) => {
    last = Math.max(at, last + 16);
    return `<text x="${size.width - frame.right + 10}" y="${last + 4}" fill="${colour(n)}" stroke="none">${name}</text>`;
  });
  const drawn = lines.map(({ points }, n) => {
    const path = points.map((point) => `${across.place(point.x)},${up.place(point.y)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour(n)}" stroke-width="2"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">
<style>svg{color:#333;background:#fff}@media(prefers-color-scheme:dark){svg{color:#ddd;background:#111}}</style>
<g stroke="currentColor" stroke-opacity="0.15" fill="currentColor"><g>${grid.join('').replaceAll('<text', '<text stroke="none"')}</g></g>
${drawn.join('\n')}
${names.join('\n')}
<text x="${(frame.left + size.width - frame.right) / 2}" y="${size.height - 8}" text-anchor="middle" fill="currentColor">${x}</text>
<text x="14" y="${(size.height - frame.bottom + frame.top) / 2}" text-anchor="middle" fill="currentColor" transform="rotate(-90 14 ${(size.height - frame.bottom + frame.top) / 2})">${y}</text>
</svg>
`;
}

function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...values))), low + 1);
  const place = (value: number): number =>
    Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from));
  return { place, powers: Array.from({ length: high - low + 1 }, (_, n) => low + n) };
}

function label(power: number): string {
  return (10 ** power).toLocaleString('en-US', { maximumFractionDigits: 4 });
}

function colour(n: number): string {
  return colours[n % colours.length] ?? 'currentColor';
}
