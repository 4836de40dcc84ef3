import { z } from 'zod';
import type { AdminToken } from './domain/caller.ts';

/** What ADMIN_TOKEN and ADMIN_READ_TOKEN are called. */
const reservedNames = ['admin', 'read'];

/** One token in a variable of its own. */
export const adminToken = z.string().min(16, { error: 'is shorter than 16 characters' });

/** Tokens with the names of their holders. */
export const namedTokens = z
  .string()
  .default('')
  .transform((text, context): readonly AdminToken[] => {
    const tokens = text.split(',').flatMap((part): readonly AdminToken[] => {
      if (part.trim() === '') return [];
      const [, name, token] = /^([\w.-]{1,40}):(\S{16,})$/.exec(part.trim()) ?? [];
      return name === undefined || token === undefined ? [] : [{ name, token, access: 'full' }];
    });
    const given = text.split(',').filter((part) => part.trim() !== '').length;
    const names = new Set([...tokens.map(({ name }) => name), ...reservedNames]);
    if (tokens.length < given || names.size < tokens.length + reservedNames.length) {
      context.addIssue({
        code: 'custom',
        message:
          'is not a comma-separated list of NAME:TOKEN with tokens of 16 characters or more, each name once and none admin or read',
      });
      return z.NEVER;
    }
    return tokens;
  });

/** All of them, whichever variable they stand in; those that may act come first. */
export function adminTokens(env: {
  readonly ADMIN_TOKEN?: string | undefined;
  readonly ADMIN_TOKENS: readonly AdminToken[];
  readonly ADMIN_READ_TOKEN?: string | undefined;
}): readonly AdminToken[] {
  const { ADMIN_TOKEN: full, ADMIN_READ_TOKEN: read } = env;
  return [
    ...(full === undefined ? [] : [{ name: 'admin', token: full, access: 'full' } as const]),
    ...env.ADMIN_TOKENS,
    ...(read === undefined ? [] : [{ name: 'read', token: read, access: 'read' } as const]),
  ];
}

/** Whoever brings a token of two names would be taken for one of them; null: nobody shares one. */
export function sharedToken(tokens: readonly AdminToken[]): string | null {
  const first = new Map<string, AdminToken>();
  for (const token of tokens) {
    const other = first.get(token.token);
    if (other !== undefined) {
      return `${variableOf(other)} and ${variableOf(token)} are the same token; give each name a token of its own.`;
    }
    first.set(token.token, token);
  }
  return null;
}

function variableOf({ name }: AdminToken): string {
  if (name === 'admin') return 'ADMIN_TOKEN';
  return name === 'read' ? 'ADMIN_READ_TOKEN' : `${name} in ADMIN_TOKENS`;
}
