import { limitWindow } from '../../text/time.ts';

/** What a plan file says at a place, given as JSON, in the way in which people write it there. */
export function planValue(path: string, json: string | null): string {
  if (json === null) return '–';
  const name = path.slice(path.lastIndexOf('.') + 1);
  return linesOf(name, JSON.parse(json) as unknown).join('\n');
}

function linesOf(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    const plain = value.every((each) => typeof each !== 'object' || each === null);
    if (plain) return [value.length === 1 ? String(value[0]) : `[${value.join(', ')}]`];
    return value.flatMap((each) =>
      linesOf(name, each).map((line, index) => (index === 0 ? '- ' : '  ') + line),
    );
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => {
      const lines = linesOf(key, each);
      const [only = ''] = lines;
      return isPlain(each) ? [`${key}: ${only}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
    });
  }
  return [typeof value === 'number' && /^(duration|grace)$/.test(name) ? limitWindow(value) : String(value)];
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each !== 'object');
  return typeof value !== 'object' || value === null;
}
