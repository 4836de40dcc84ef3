import { refusal, type Refusal } from './refusal.ts';

/** Root keys, their permissions, and the rate limit of the one workspace there is. */

type KeyState = 'active' | 'disabled' | 'expired' | 'workspace_disabled' | 'workspace_missing';

export interface RootKey {
  readonly key: string;
  /** Such as `identity.*.update_identity`; all that the stand-in knows when absent. */
  readonly permissions?: readonly string[] | undefined;
  readonly state?: KeyState | undefined;
}

const everyPermission = [
  ...['create', 'read', 'update', 'delete'].map((verb) => `identity.*.${verb}_identity`),
  'api.*.read_key',
  'api.*.read_api',
  'api.*.verify_key',
  ...['set', 'read', 'delete'].map((verb) => `ratelimit.*.${verb}_override`),
];

export type Access = ReturnType<typeof createAccess>;

export function createAccess(initial: readonly RootKey[], now: () => number) {
  const keys = new Map(initial.map((key) => [key.key, key]));
  let perWindow: number | null = null;
  let windowMs = 60_000;
  let windowStart = 0;
  let used = 0;
  return {
    put: (key: RootKey) => void keys.set(key.key, key),
    remove: (key: string) => keys.delete(key),
    /** null: unlimited, which is Unkey's default. 0: blocked. */
    setLimit(requests: number | null, ms = 60_000): void {
      [perWindow, windowMs, windowStart, used] = [requests, ms, 0, 0];
    },
    /** The key of the request, or why it has none. Validation has seen that there is a header. */
    authenticate(header: string): RootKey | Refusal {
      const token = /^Bearer +(\S.*)$/.exec(header)?.[1];
      if (token === undefined) {
        return refusal('malformed', 'You must provide a valid root key in the Authorization header.');
      }
      const key = keys.get(token);
      if (key === undefined) {
        return refusal(
          'key_not_found',
          'The provided root key is invalid. The requested key does not exist.',
        );
      }
      const { state = 'active' } = key;
      return state === 'active' ? key : refusals[state];
    },
    /** Any one of the permissions is enough. */
    authorize(key: RootKey, permissions: readonly string[]): Refusal | null {
      const held = key.permissions ?? everyPermission;
      if (permissions.some((permission) => held.includes(permission))) return null;
      const missing = permissions.map((permission) => `'${permission}'`).join(', ');
      return refusal('insufficient_permissions', `Missing one of these permissions: [${missing}]`);
    },
    /** Counts a request. With a limit every answer carries the three headers; blocked (0) sends none at all. */
    spend(): { readonly headers: Readonly<Record<string, string>>; readonly refused: Refusal | null } {
      if (perWindow === null) return { headers: {}, refused: null };
      const refused = refusal('workspace_rate_limited', 'This workspace has exceeded its API rate limit.');
      if (perWindow === 0) return { headers: {}, refused };
      const at = now();
      if (at >= windowStart + windowMs) [windowStart, used] = [at, 0];
      used += 1;
      // Whole seconds, rounded down: a wait below a second reads 0.
      const reset = String(Math.floor((windowStart + windowMs - at) / 1000));
      const headers = {
        'RateLimit-Limit': String(perWindow),
        'RateLimit-Remaining': String(Math.max(0, perWindow - used)),
        'RateLimit-Reset': reset,
      };
      if (used <= perWindow) return { headers, refused: null };
      return { headers: { ...headers, 'Retry-After': reset }, refused };
    },
  };
}

const refusals: Readonly<Record<Exclude<KeyState, 'active'>, Refusal>> = {
  disabled: refusal('key_disabled', 'The provided root key is disabled.'),
  expired: refusal('forbidden', 'The provided root key is expired.'),
  workspace_disabled: refusal('workspace_disabled', 'The workspace of this root key is disabled.'),
  workspace_missing: refusal('workspace_not_found', 'The requested workspace does not exist.'),
};
