import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import type { ServedAccounts } from './domain/accounts.ts';

/** How single settings are read; messages follow the setting's name. */

export interface Guard {
  readonly customers: number;
  readonly windowMs: number;
}

export function required(what: string) {
  return z.string({ error: `is required: ${what}` });
}

const plainUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https address' })
  .refine((url) => /^[^@?#]*$/.test(url), {
    error: 'has a user, a query or a fragment; give scheme, host and port, and a path if there is one',
  });

export const baseUrl = (fallback: string) =>
  plainUrl.default(fallback).transform((url) => url.replace(/\/+$/, ''));

/** Without the page itself, which many copy with it. */
export const dashboardUrl = plainUrl.transform((url) => url.replace(/\/+$/, '').replace(/\/dashboard$/, ''));

export const notifyUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https address' })
  .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), {
    error: 'has a user or a password before the host; a receiver is told by NOTIFY_SECRET who sends',
  });

/** 24 to 64 bytes, as Standard Webhooks has it. */
export const notifySecret = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, {
  error: 'is not whsec_ and 24 to 64 bytes in base64; make one: echo "whsec_$(openssl rand -base64 32)"',
});

export const whole = (least: number, most: number) => {
  const error = `is not a whole number from ${least} to ${most}`;
  const digits = z.string().regex(/^\d+$/, { error }).transform(Number);
  return digits.refine((value) => value >= least && value <= most, { error });
};

export const webhookSecrets = required(
  'give the signing secret of the Stripe webhook endpoint, or several, comma-separated',
)
  .transform((text) =>
    text
      .split(',')
      .map((secret) => secret.trim())
      .filter((secret) => secret !== ''),
  )
  .refine((secrets) => secrets.length > 0 && secrets.every((secret) => /^whsec_\S+$/.test(secret)), {
    error: 'is not a comma-separated list of secrets that begin with whsec_',
  });

/** `all`, or ids of connected accounts. */
export const stripeAccounts = z
  .string()
  .default('')
  .transform((text): ServedAccounts => {
    const ids = text.split(',').map((id) => id.trim());
    return text.trim() === 'all' ? 'all' : [...new Set(ids.filter((id) => id !== ''))];
  })
  .refine((accounts) => accounts === 'all' || accounts.every((id) => /^acct_\w{1,100}$/.test(id)), {
    error: 'is neither all nor a comma-separated list of connected accounts, whose ids begin with acct_',
  });

export const guard = z
  .string()
  .default('25/1h')
  .transform((text, context): Guard | null => {
    if (text === '') return null;
    const [, customers, window] = /^(\d+)\/(\d+\s*[a-z]*)$/i.exec(text.trim()) ?? [];
    const windowMs = window === undefined ? undefined : ms(window as StringValue);
    if (customers === undefined || windowMs === undefined || windowMs < 1000 || Number(customers) < 1) {
      context.addIssue({
        code: 'custom',
        message:
          'is not of the form CUSTOMERS/TIME, for example 25/1h; leave it empty to switch the guard off',
      });
      return z.NEVER;
    }
    return { customers: Number(customers), windowMs };
  });

export interface ReconcileSettings {
  /** Minutes after midnight, UTC; null: not by itself. */
  readonly at: number | null;
  readonly mode: 'report' | 'raise' | 'all';
  /** Reads of each side. */
  readonly ratePerSecond: number;
}

export const reconcileAt = z.string().transform((text, context): number | null => {
  if (text === 'off') return null;
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) return Number(hours) * 60 + Number(minutes);
  context.addIssue({ code: 'custom', message: 'is neither a time of day (UTC) like 03:00, nor off' });
  return z.NEVER;
});
