import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { hashOf } from '../domain/hash.ts';
import { parsePlanFile } from '../domain/plan-file/parse.ts';
import type { Finding, PlanFile } from '../domain/plan-file/parse.ts';
import { problemAt } from './problem.ts';
import type { Place, Problem } from './problem.ts';
import { readYaml } from './yaml-text.ts';

export { formatProblem } from './problem.ts';

export type LoadedPlanFile =
  | {
      readonly ok: true;
      readonly planFile: PlanFile;
      /** `sha256:…` of the content as decisions read it: comments, spelling and order of keys do not count. */
      readonly hash: string;
      /** As it was read. */
      readonly text: string;
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Some ten thousand match entries; a file beyond it is the wrong file. */
const maxBytes = 1_048_576;

/** Reads a plan file's text. Whatever the text is, the answer is a value: nothing is thrown. */
export function loadPlanFile(text: string, fileName: string): LoadedPlanFile {
  if (Buffer.byteLength(text) > maxBytes) return tooLarge(fileName);
  try {
    return load(text, fileName);
  } catch {
    // The YAML library is recursive: nesting of many thousand levels exhausts the stack.
    return failed(fileName, start, {
      path: [],
      message: 'the text is nested too deeply',
      remedy: 'check that it is a plan file',
    });
  }
}

/** Reads a plan file from disk; a file that cannot be read is a problem like any other. */
export async function readPlanFile(path: string): Promise<LoadedPlanFile> {
  try {
    // A size is asked for first, so that a huge file is never in memory.
    const found = await stat(path);
    if (!found.isFile()) return failed(path, start, noRegularFile(found.isDirectory()));
    if (found.size > maxBytes) return tooLarge(path);
    const bytes = await readFile(path);
    const text = bytes.toString('utf8');
    return isUtf8(bytes) ? loadPlanFile(text, path) : notUtf8(text, path);
  } catch (error) {
    const [message, remedy] = unreadable((error as NodeJS.ErrnoException).code);
    return failed(path, start, { path: [], message, remedy });
  }
}

function load(text: string, fileName: string): LoadedPlanFile {
  const yaml = readYaml(text);
  if (yaml.faults.length > 0) {
    const problems = yaml.faults.map(({ place, finding }) => problemAt(fileName, place, finding));
    return { ok: false, problems: inOrder(problems) };
  }
  if (yaml.value === null || yaml.value === undefined) return empty(fileName);
  const parsed = parsePlanFile(yaml.value);
  const placed = (findings: readonly Finding[]): readonly Problem[] =>
    inOrder(findings.map((finding) => problemAt(fileName, yaml.placeOf(finding), finding)));
  if (!parsed.ok) return { ok: false, problems: placed(parsed.problems) };
  const { planFile, warnings } = parsed;
  return { ok: true, planFile, hash: hashOf(planFile), text, warnings: placed(warnings) };
}

const start: Place = { line: 1, column: 1 };

function empty(file: string): LoadedPlanFile {
  const remedy = 'begin with "version: 1"; plans.example.yaml shows the rest';
  return failed(file, start, { path: [], message: 'the file is empty', remedy });
}

function tooLarge(file: string): LoadedPlanFile {
  const finding = {
    path: [],
    message: 'the file is larger than 1 MiB',
    remedy: 'check that it is a plan file',
  };
  return failed(file, start, finding);
}

/** Read all the same, a key or a price id with another letter in it would match nothing and say so nowhere. */
function notUtf8(text: string, file: string): LoadedPlanFile {
  const before = text.slice(0, text.indexOf('\u{FFFD}')).split('\n');
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return failed(file, place, {
    path: [],
    message: 'the text is not UTF-8 from here on',
    remedy: 'save the file as UTF-8',
  });
}

function failed(file: string, place: Place, finding: Finding): LoadedPlanFile {
  return { ok: false, problems: [problemAt(file, place, finding)] };
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A device or a pipe may never end. */
function noRegularFile(isFolder: boolean): Finding {
  return isFolder
    ? { path: [], message: 'this is a folder', remedy: 'name the plan file in it' }
    : { path: [], message: 'this is no regular file', remedy: 'name a file on disk' };
}

function unreadable(code: string | undefined): readonly [string, string] {
  if (code === 'ENOENT') return ['there is no such file', 'set PLANS_FILE or --plans to your plan file'];
  if (code === 'EACCES') return ['the file may not be read', 'give the process read permission'];
  return [`the file cannot be read (${code ?? 'unknown error'})`, 'check the path and the disk'];
}
