import type { Finding } from '../domain/plan-file/parse.ts';
import { formatPath } from '../domain/plan-file/finding.ts';

/** Something wrong, or doubtful, in a plan file, with its place in the text. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** For example `plans.team.match[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export function problemAt(file: string, place: Place, finding: Finding): Problem {
  const { path, message, remedy } = finding;
  return { file, line: place.line, column: place.column, path: formatPath(path), message, remedy };
}

/** One sentence: `plans.yaml:12:5 plans.team.rank: "ten" does not belong here; write a whole number.` */
export function formatProblem({ file, line, column, path, message, remedy }: Problem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}; ${remedy}.`;
}
