import { z } from 'zod';
import { auditActions, auditDoors, auditResults } from '../../domain/audit.ts';
import { cursor, isoTime, limit } from './fields.ts';
import { route, type Route } from './route.ts';
import { withTimes } from '../../domain/iso-time.ts';
import type { AuditStore } from '../../domain/ports.ts';

const text = z.string();

export const auditEntry = z
  .object({
    id: text.meta({ example: 'aud_01KAWJ5CCKX0ZK3W8C4C0F7V6T' }),
    at: isoTime,
    action: z.enum(auditActions),
    target: z
      .record(text, z.union([text, z.number(), z.boolean()]))
      .meta({ description: 'Whom or what it is for, by the fields of the request' }),
    by: text.meta({
      description: 'The name of the token; `command line` where a command worked on the store itself',
    }),
    from: z.object({
      via: z.enum(auditDoors),
      address: text
        .nullable()
        .meta({ description: 'Of whoever opened the connection: behind a proxy, the proxy' }),
      forwardedFor: text
        .nullable()
        .meta({ description: 'Whom the nearest proxy named; without a proxy anybody may claim it' }),
    }),
    result: z.enum(auditResults).meta({
      description:
        '`asked`: the process ended meanwhile, it may have been done; `nothing`: there was nothing to do it to',
    }),
    customers: z.number().nullable().meta({
      description:
        'How many it concerned; of a run, those found so far; null: not known, or none in particular',
    }),
    runId: text.nullable().meta({ description: 'The run that does the work; null: it was done at once' }),
  })
  .meta({ id: 'AuditEntry', description: 'What an operator did' });

export function listAudit(list: AuditStore['list']): Route {
  return route({
    method: 'get',
    path: '/v1/audit',
    summary: 'What operators did, newest first: when, to whom, from where, by which token',
    query: z.strictObject({ limit, cursor: cursor.optional() }),
    status: 200,
    response: z.object({ entries: z.array(auditEntry), nextCursor: text.nullable() }),
    handle: async ({ query }) => {
      const page = await list(query.cursor ?? null, query.limit);
      const entries = page.items.map((entry) => withTimes(entry, 'at'));
      return { entries, nextCursor: page.nextCursor };
    },
  });
}
