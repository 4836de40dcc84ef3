/** One setting of the file, with what it is for. */
export interface EnvLine {
  readonly name: string;
  /** Empty: to be filled in. */
  readonly value: string;
  readonly says: string;
}

/** The text of a `.env` that Node reads back as these values. */
export function envText(lines: readonly EnvLine[]): string {
  const head = `# Written by planwire init: keep it to yourself. .env.example has every other setting.\n`;
  return `${head}${lines.map(({ name, value, says }) => `\n# ${says}\n${name}=${quoted(value)}\n`).join('')}`;
}

/** A hash would begin a comment. */
function quoted(value: string): string {
  if (!/[#\s'"`\\]/.test(value)) return value;
  const mark = ["'", '"', '`'].find((each) => !value.includes(each)) ?? "'";
  return `${mark}${value}${mark}`;
}
