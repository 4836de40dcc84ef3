/** The error answers of the stand-in: status, title and type of https://unkey.com/docs/errors, one table. */

export interface FieldError {
  /** A JSON Schema keyword path such as `/properties/ratelimits/maxItems`, not a path into the body. */
  readonly location: string;
  readonly message: string;
  readonly fix?: string;
}

export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly type: string;
  readonly detail: string;
  /** Only 400, 408, 413 and 499 carry it, possibly empty. */
  readonly errors?: readonly FieldError[];
}

const table = {
  invalid_input: [400, 'Bad Request', 'unkey/application/invalid_input'],
  malformed: [400, 'Bad Request', 'unkey/authentication/malformed'],
  key_not_found: [401, 'Unauthorized', 'unkey/authentication/key_not_found'],
  insufficient_permissions: [403, 'Insufficient Permissions', 'unkey/authorization/insufficient_permissions'],
  forbidden: [403, 'Forbidden', 'unkey/authorization/forbidden'],
  key_disabled: [403, 'Key is disabled', 'unkey/authorization/key_disabled'],
  workspace_disabled: [403, 'Workspace is disabled', 'unkey/authorization/workspace_disabled'],
  identity_not_found: [404, 'Not Found', 'unkey/data/identity_not_found'],
  ratelimit_namespace_not_found: [404, 'Not Found', 'unkey/data/ratelimit_namespace_not_found'],
  ratelimit_override_not_found: [404, 'Not Found', 'unkey/data/ratelimit_override_not_found'],
  workspace_not_found: [404, 'Not Found', 'unkey/data/workspace_not_found'],
  request_timeout: [408, 'Request Timeout', 'user/bad_request/request_timeout'],
  identity_already_exists: [409, 'Conflicting Resource', 'unkey/data/identity_already_exists'],
  precondition_failed: [412, 'Precondition Failed', 'unkey/application/precondition_failed'],
  request_body_too_large: [413, 'Request Entity Too Large', 'user/bad_request/request_body_too_large'],
  workspace_rate_limited: [429, 'Too Many Requests', 'user/too_many_requests/workspace_rate_limited'],
  client_closed_request: [499, 'Client Closed Request', 'user/bad_request/client_closed_request'],
  service_unavailable: [500, 'Internal Server Error', 'unkey/application/service_unavailable'],
  unexpected_error: [500, 'Internal Server Error', 'unkey/application/unexpected_error'],
  analytics_connection_failed: [503, 'Service Unavailable', 'unkey/data/analytics_connection_failed'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type RefusalName = keyof typeof table;

const withErrors = new Set([400, 408, 413, 499]);

export function refusal(name: RefusalName, detail: string, errors: readonly FieldError[] = []): Refusal {
  const [status, title, suffix] = table[name];
  const type = `https://unkey.com/docs/errors/${suffix}`;
  return { status, title, type, detail, ...(withErrors.has(status) ? { errors } : {}) };
}

/** What Unkey usually answers with a status, for faults that name only that. */
export function usualRefusal(status: number): Refusal {
  const usual: Readonly<Record<number, RefusalName>> = {
    400: 'invalid_input',
    401: 'key_not_found',
    403: 'insufficient_permissions',
    404: 'identity_not_found',
    408: 'request_timeout',
    409: 'identity_already_exists',
    413: 'request_body_too_large',
    429: 'workspace_rate_limited',
    499: 'client_closed_request',
    500: 'service_unavailable',
    503: 'analytics_connection_failed',
  };
  return { ...refusal(usual[status] ?? 'unexpected_error', 'A scripted fault.'), status };
}
