import type { IncomingHttpHeaders } from 'node:http';
import { refusal, type Refusal } from './refusal.ts';
import { schemas, type Operation } from './schema.ts';
import { violations } from './violations.ts';

/** Validation, which comes before authentication: an invalid body with an invalid key is told about the body. */

export const maxBodyBytes = 10_485_760;

export type Validated = { readonly body: Record<string, unknown> } | { readonly refused: Refusal };

/** `raw` is null for a body over the maximum: it is consumed by then and looks empty to the validator. */
export function validate(operation: Operation, headers: IncomingHttpHeaders, raw: Buffer | null): Validated {
  const path = `/v2/${operation}`;
  const contentType = headers['content-type'] ?? '';
  if (contentType.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    const detail = `POST operation request content type '${contentType}' does not exist`;
    const message = `The content type '${contentType}' of the request has not been defined`;
    return { refused: refusal('invalid_input', detail, [{ location: 'requestBody', message }]) };
  }
  if (raw === null || raw.length === 0) {
    const detail = `POST request body is empty for '${path}'`;
    const message = 'The request body is empty but there is a schema defined';
    return { refused: refusal('invalid_input', detail, [{ location: 'requestBody', message }]) };
  }
  const detail = `POST request body for '${path}' failed to validate schema`;
  const decoded = decode(raw);
  if (!decoded.ok) {
    const message = `The request body cannot be decoded: ${decoded.reason}`;
    const fix = 'Ensure the request body is valid JSON.';
    return { refused: refusal('invalid_input', detail, [{ location: 'requestBody', message, fix }]) };
  }
  const errors = violations(schemas[operation], decoded.value);
  if (errors.length > 0) return { refused: refusal('invalid_input', detail, errors) };
  // The document demands the header, so that its absence is invalid input: 400, not 401.
  if ((headers.authorization ?? '') === '') {
    const message = "Authorization header for 'bearer' scheme";
    const fix = 'Add an Authorization header.';
    return { refused: refusal('invalid_input', message, [{ location: 'security', message, fix }]) };
  }
  return { body: decoded.value as Record<string, unknown> };
}

/** The id that a request is about, as faults and the log name it. */
export function subjectOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { identity, externalId, identifier } = body as Readonly<Record<string, unknown>>;
  const named = identity ?? externalId ?? identifier;
  return typeof named === 'string' ? named : '';
}

/** Numbers pass through float64 here as they do there: whole numbers beyond 2^53 lose precision. */
export function decode(
  raw: Buffer | null,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string } {
  try {
    return { ok: true, value: JSON.parse(raw?.toString('utf8') ?? '') as unknown };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'not JSON' };
  }
}
