/** Stripe's errors, in its own words where they are known. */

export interface ErrorBody {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly param?: string;
}

export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

export function invalid(
  message: string,
  more: { readonly code?: string; readonly param?: string } = {},
): ApiRefusal {
  return new ApiRefusal(400, { type: 'invalid_request_error', message, ...more });
}

/** 404 for the object that a path names, 400 for one that a parameter names. */
export function missing(status: 400 | 404, noun: string, id: string, param: string): ApiRefusal {
  return new ApiRefusal(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

export function badKey(key: string): ApiRefusal {
  const masked = key === '' ? '' : `: ${key.slice(0, 8)}${'*'.repeat(8)}`;
  return new ApiRefusal(401, { type: 'invalid_request_error', message: `Invalid API Key provided${masked}` });
}

export function noAccess(account: string): ApiRefusal {
  return new ApiRefusal(403, {
    type: 'invalid_request_error',
    code: 'account_invalid',
    message:
      `The provided key does not have access to account '${account}' (or that account does not exist). ` +
      'Application access may have been revoked.',
  });
}

/** As API v2 words it; how v1 does is not known. */
export function lacksContext(): ApiRefusal {
  return new ApiRefusal(403, {
    type: 'invalid_request_error',
    message:
      'Permission denied. API Key does not have permission to access account. ' +
      'In some cases, you may also need to supply an Account ID in the Stripe-Context header.',
  });
}

export function lacksPermission(permission: string): ApiRefusal {
  return new ApiRefusal(403, {
    type: 'invalid_request_error',
    message:
      'The provided key does not have the required permissions for this endpoint. ' +
      `Having the '${permission}' permission would allow this request to continue.`,
  });
}

/** What Stripe says with a status that a fault asks for. A 429 that names no reason is one of a lock. */
export function usualError(status: number, namesReason: boolean): ErrorBody {
  if (status === 429 && namesReason) {
    return { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' };
  }
  if (status === 429 || status === 409) {
    return {
      type: 'invalid_request_error',
      code: 'lock_timeout',
      message: 'This object cannot be accessed right now because another request is accessing it.',
    };
  }
  if (status === 401) return badKey('').body;
  if (status === 403) return lacksPermission('rak_subscription_read').body;
  if (status === 404) return missing(404, 'object', 'unknown', 'id').body;
  if (status < 500) return { type: 'invalid_request_error', message: 'The request was unacceptable.' };
  return { type: 'api_error', message: 'Sorry! There was an error while talking to Stripe.' };
}
