import type { Limits, Meta } from './identity.ts';

/** Unkey's bounds on what an identity can hold. */
export const maxLimits = 50;
export const maxMetaKeys = 100;
const maxMetaBytes = 1_048_576;
export const metaWarningBytes = 10_240;

export interface BoundsFault {
  readonly code: 'meta_too_large' | 'limits_out_of_bounds';
  /** A clause without a full stop. */
  readonly detail: string;
}

/** The first bound of Unkey's that metadata and limits break; null when Unkey would take them. */
export function boundsFault(meta: Meta, limits: Limits): BoundsFault | null {
  const keys = Object.keys(meta).length;
  if (keys > maxMetaKeys) {
    return {
      code: 'meta_too_large',
      detail: `the metadata would have ${keys} keys, and Unkey takes ${maxMetaKeys}`,
    };
  }
  const bytes = metaBytes(meta);
  if (bytes > maxMetaBytes) {
    return {
      code: 'meta_too_large',
      detail: `the metadata would be ${bytes} bytes of JSON, and Unkey takes ${maxMetaBytes}`,
    };
  }
  const names = Object.keys(limits).length;
  if (names > maxLimits) {
    return {
      code: 'limits_out_of_bounds',
      detail: `the identity would have ${names} limits, and Unkey takes ${maxLimits}`,
    };
  }
  return null;
}

/** Size of the metadata as JSON in UTF-8. */
export function metaBytes(meta: Meta): number {
  return new TextEncoder().encode(JSON.stringify(meta)).length;
}
