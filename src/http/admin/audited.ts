import { isIP } from 'node:net';
import type { Request } from 'express';
import type { AuditAction, AuditEnd, AuditTarget, Origin, RecordAudit } from '../../domain/audit.ts';
import type { Caller } from '../../domain/caller.ts';
import { bearer } from './authentication.ts';

/** How a command says that it is one: nobody gains anything by saying so falsely. */
export const clientHeader = 'planwire-client';
export const commandLine = 'command line';

/** What is noted of a route that changes something, or why nothing is. */
export type Audit<Input, Result> =
  | {
      readonly action: AuditAction;
      /** Whom it is for; what is undefined was not asked for. */
      readonly target: (input: Input) => Readonly<Record<string, string | number | boolean | undefined>>;
      readonly ended: (result: Result) => Partial<Pick<AuditEnd, 'customers' | 'runId'>>;
    }
  | { readonly unnoted: string };

/** Who asks, from where, and where that is noted. */
export interface Asking {
  readonly caller: Caller;
  readonly origin: Origin;
  readonly record: RecordAudit;
}

/** Does it, noted before and after. `result` null: there was nothing to do it to. */
export async function noted<Input, Result>(
  audit: Audit<Input, Result> | undefined,
  { caller, origin, record }: Asking,
  input: Input,
  act: () => Promise<Result | null>,
): Promise<Result | null> {
  if (audit === undefined || 'unnoted' in audit) return act();
  const { action, target, ended } = audit;
  const end = await record({ action, target: given(target(input)), by: caller.name, from: origin });
  const noEnd = { customers: null, runId: null };
  try {
    const result = await act();
    await end(
      result === null ? { ...noEnd, result: 'nothing' } : { ...noEnd, ...ended(result), result: 'done' },
    );
    return result;
  } catch (error) {
    await end({ ...noEnd, result: 'failed' });
    throw error;
  }
}

function given(target: Readonly<Record<string, string | number | boolean | undefined>>): AuditTarget {
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined)) as AuditTarget;
}

/** Where a request came from, once it has been let in: with a token of its own, or by the dashboard's session. */
export function originOf(req: Request): Origin {
  const withToken = bearer(req.headers.authorization) !== null;
  const asClient = req.headers[clientHeader] === commandLine ? commandLine : 'api';
  return {
    via: withToken ? asClient : 'dashboard',
    address: addressOf(req.socket.remoteAddress),
    forwardedFor: addressOf(
      String(req.headers['x-forwarded-for'] ?? '')
        .split(',')
        .at(-1),
    ),
  };
}

function addressOf(text: string | undefined): string | null {
  const address = text?.trim().replace(/^::ffff:(?=\d+\.)/, '') ?? '';
  return isIP(address) === 0 ? null : address;
}
