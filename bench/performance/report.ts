/** What one measure found, to be printed and judged. */
export interface Report {
  readonly title: string;
  /** What was measured and how, for whoever reads the figures. */
  readonly text: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

/** A ratio to a floor of the same run. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  /** Below it something got slower; less than the goal where the machine is noisy. */
  readonly atLeast: number;
  readonly goal: number;
}

export function markdown({ title, text, columns, rows }: Report): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(columns), line(columns.map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.map(line)];
  return `### ${title}\n\n${text}\n\n${table.join('\n')}\n`;
}

export function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ name, value, atLeast, goal }) => [
    name,
    value.toFixed(2),
    goal.toFixed(2),
    value >= goal ? 'met' : value >= atLeast ? 'short' : `**below ${atLeast.toFixed(2)}**`,
  ]);
  const text = 'Each is a ratio, larger is better; below the last column’s figure a release does not go out.';
  return markdown({ title: 'Goals', text, columns: ['ratio', 'now', 'goal', ''], rows, goals });
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(part * sorted.length) - 1, 0)] ?? Number.NaN;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
