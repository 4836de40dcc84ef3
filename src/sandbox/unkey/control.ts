import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerJson, notUsable, paramsOf, pathOf, readJson, refuse } from '../http.ts';
import type { Access } from './access.ts';
import type { Overrides } from './override-table.ts';
import type { KeyRow } from './world.ts';
import type { RequestLog } from './request-log.ts';
import type { LimitRow, Row, Table } from './table.ts';

/**
 * The control routes of the stand-in, for whoever runs in another process. They need no key and see the primary.
 *
 *     GET    /_unkey/identities[?identity=ID]   {"identities":[{"id","externalId","meta","ratelimits"}]}
 *     POST   /_unkey/identities                 {"externalId","id"?,"meta"?,"ratelimits"?} or an array: stored as given
 *     DELETE /_unkey/identities/ID              erased, as if it had never been
 *     GET    /_unkey/overrides                  {"overrides":[{"namespace","identifier","limit","duration"}]}
 *     POST   /_unkey/overrides                  one of these: stored as given, its namespace made
 *     POST   /_unkey/namespaces                 {"name"}
 *     POST   /_unkey/keys                       {"key","keyId","apiId","externalId"?,"name"?,"enabled"?,"ratelimits"?}
 *     POST   /_unkey/root-keys                  {"key","permissions"?,"state"?}   DELETE /_unkey/root-keys/KEY
 *     POST   /_unkey/settings                   {"readLagMs"?,"replicaFrozen"?,"latencyMs"?,"writeLatencyMs"?,
 *                                                "requestsPerWindow"? (null: unlimited),"windowMs"?}
 *     GET    /_unkey/requests                   {"requests":[…]}   DELETE /_unkey/requests
 */

/** An identity as the primary has it. */
export interface StoredIdentity {
  readonly id: string;
  readonly externalId: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly ratelimits: readonly LimitRow[];
}

/** An override as the primary has it. */
export type StoredOverride = z.output<typeof overrideInput>;

const millis = z.number().int().min(0).max(3_600_000);

const identityInput = z.strictObject({
  externalId: z.string().min(1),
  id: z.string().min(1).optional(),
  meta: z.record(z.string(), z.unknown()).optional(),
  ratelimits: z
    .array(
      z.object({
        id: z.string().min(1).optional(),
        name: z.string(),
        limit: z.number(),
        duration: z.number(),
        autoApply: z.boolean(),
      }),
    )
    .optional(),
});
export type IdentityInput = z.input<typeof identityInput>;

const overrideInput = z.strictObject({
  namespace: z.string().min(1),
  identifier: z.string().min(1),
  limit: z.number().int().min(0),
  duration: z.number().int().min(1000),
});

const namespaceInput = z.strictObject({ name: z.string().min(1) });

const keyInput = z.strictObject({
  key: z.string().min(1),
  keyId: z.string().min(1),
  apiId: z.string().min(1),
  externalId: z.string().min(1).optional(),
  name: z.string().optional(),
  enabled: z.boolean().optional(),
  ratelimits: z
    .array(z.object({ name: z.string(), limit: z.number(), duration: z.number(), autoApply: z.boolean() }))
    .optional(),
});

const rootKeyInput = z.strictObject({
  key: z.string().min(1),
  permissions: z.array(z.string()).optional(),
  state: z.enum(['active', 'disabled', 'expired', 'workspace_disabled', 'workspace_missing']).optional(),
});

const settingsInput = z.strictObject({
  readLagMs: millis.optional(),
  replicaFrozen: z.boolean().optional(),
  latencyMs: millis.optional(),
  writeLatencyMs: millis.optional(),
  requestsPerWindow: z.number().int().min(0).nullable().optional(),
  windowMs: z.number().int().min(1).optional(),
});
export type Settings = z.output<typeof settingsInput>;

const inputs = {
  identities: identityInput,
  overrides: overrideInput,
  namespaces: namespaceInput,
  keys: keyInput,
  'root-keys': rootKeyInput,
  settings: settingsInput,
};

export interface Controls {
  readonly table: Table;
  readonly overrides: Overrides;
  readonly access: Access;
  readonly log: RequestLog;
  readonly putIdentity: (input: IdentityInput) => StoredIdentity;
  readonly putNamespace: (name: string) => void;
  readonly putOverride: (override: StoredOverride) => void;
  readonly putKey: (row: KeyRow) => void;
  readonly change: (settings: Settings) => void;
}

export function stored({ id, externalId, meta, limits }: Row): StoredIdentity {
  return { id, externalId, meta, ratelimits: limits };
}

export function storedOverrides(overrides: Overrides): readonly StoredOverride[] {
  return overrides.allOnPrimary().map(({ namespace, identifier, limit, duration }) => {
    return { namespace, identifier, limit, duration };
  });
}

/** False: the path is not theirs and nothing was done. */
export async function serveControls(
  controls: Controls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, root, noun = '', encoded] = pathOf(request).split('/');
  if (root !== '_unkey') return false;
  const id = encoded === undefined ? '' : decodeURIComponent(encoded);
  const route = `${request.method} ${noun}${id === '' ? '' : '/ID'}`;
  switch (route) {
    case 'GET identities':
      answerJson(response, 200, { identities: selected(controls, request) });
      break;
    case 'GET overrides':
      answerJson(response, 200, { overrides: storedOverrides(controls.overrides) });
      break;
    case 'GET requests':
      answerJson(response, 200, { requests: controls.log.entries() });
      break;
    case 'DELETE requests':
      controls.log.clear();
      answerJson(response, 200, {});
      break;
    case 'DELETE identities/ID':
      controls.table.erase(id);
      answerJson(response, 200, {});
      break;
    case 'DELETE root-keys/ID':
      controls.access.remove(id);
      answerJson(response, 200, {});
      break;
    case 'POST identities':
    case 'POST overrides':
    case 'POST namespaces':
    case 'POST keys':
    case 'POST root-keys':
    case 'POST settings':
      await change(controls, noun as keyof typeof inputs, request, response);
      break;
    default:
      refuse(response, 404, `There is no control route ${route}.`);
  }
  return true;
}

function selected({ table }: Controls, request: IncomingMessage): StoredIdentity[] {
  const identity = paramsOf(request).get('identity');
  if (identity === null) return table.allOnPrimary().map(stored);
  const row = table.findOnPrimary(identity);
  return row === undefined ? [] : [stored(row)];
}

async function change(
  controls: Controls,
  noun: keyof typeof inputs,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readJson(request, 64 * 1_048_576);
  if (!body.ok) return refuse(response, 400, body.message);
  const given: readonly unknown[] = Array.isArray(body.value) ? body.value : [body.value];
  const parsed = z.array<z.ZodType>(inputs[noun]).safeParse(given);
  if (!parsed.success) return refuse(response, 400, notUsable(parsed.error));
  if (noun === 'identities') {
    const identities = (parsed.data as IdentityInput[]).map(controls.putIdentity);
    return answerJson(response, 201, { identities });
  }
  for (const each of parsed.data) {
    if (noun === 'settings') controls.change(each as Settings);
    else if (noun === 'keys') controls.putKey(each as z.output<typeof keyInput>);
    else if (noun === 'overrides') controls.putOverride(each as StoredOverride);
    else if (noun === 'namespaces') controls.putNamespace((each as z.output<typeof namespaceInput>).name);
    else controls.access.put(each as z.output<typeof rootKeyInput>);
  }
  answerJson(response, 201, {});
}
