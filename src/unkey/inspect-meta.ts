/**
 * What JSON and Unkey make of metadata before it is stored. Unkey reads numbers as 64-bit floats, so that whole
 * numbers beyond 2^53 come out changed; JSON itself drops or nulls what it cannot carry.
 */

export interface MetaFindings {
  /** UTF-8 bytes as Unkey counts them. */
  readonly bytes: number;
  readonly problems: readonly { readonly location: string; readonly message: string }[];
  readonly warnings: readonly string[];
}

const refusedBytes = 1_048_576;
const largeBytes = 10_240;

export function inspectMeta(meta: object): MetaFindings {
  const problems: { location: string; message: string }[] = [];
  const warnings: string[] = [];
  const paths = new Map<unknown, string>();
  const visit = function (this: unknown, key: string, value: unknown): unknown {
    const holder = paths.get(this);
    const path =
      holder === undefined ? 'meta' : Array.isArray(this) ? `${holder}[${key}]` : `${holder}.${key}`;
    if (typeof value === 'object' && value !== null) paths.set(value, path);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      problems.push({ location: path, message: 'is not a finite number, and JSON would make it null' });
    } else if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      warnings.push(`${path} is a whole number beyond 2^53 and may be stored changed; send it as a text.`);
    } else if (['bigint', 'function', 'symbol'].includes(typeof value)) {
      problems.push({ location: path, message: `is a ${typeof value}, which JSON cannot carry` });
      return null;
    }
    return value;
  };
  let text: string;
  try {
    text = JSON.stringify(meta, visit);
  } catch {
    problems.push({ location: 'meta', message: 'cannot be written as JSON; does it contain itself?' });
    return { bytes: 0, problems, warnings };
  }
  const bytes = sizeAtUnkey(text);
  if (bytes > refusedBytes) {
    problems.push({ location: 'meta', message: `must be at most 1 MiB as JSON; it has ${bytes} bytes` });
  } else if (bytes > largeBytes) {
    warnings.push(
      `meta has ${bytes} bytes; above 10 KB every key verification of this identity gets slower.`,
    );
  }
  return { bytes, problems, warnings };
}

/** Unkey writes these five characters as six-byte escapes before it counts. */
function sizeAtUnkey(json: string): number {
  return Buffer.byteLength(json.replaceAll(/[<>&\u2028\u2029]/g, '\\u0000'));
}
