import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { loadPlans, planFileReader, type ReadPlans } from '../app/plans.ts';
import { startService, type Service } from '../app/service.ts';
import { webhookPorts } from '../app/http-ports.ts';
import { useCases } from '../app/use-cases.ts';
import type { Config } from '../config.ts';
import { secretsOf } from '../describe-config.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import { createScrub } from '../domain/scrub.ts';
import { noTracer } from '../domain/tracing.ts';
import type { Preview } from '../domain/views/customer-view.ts';
import { customerId, id } from '../http/admin/fields.ts';
import { fetchWebhook } from '../http/fetch-webhook.ts';
import { createLogger } from '../observe/log.ts';
import { formatProblem, loadPlanFile } from '../plan-file/load.ts';
import { tracerOf } from '../observe/tracing.ts';
import { packageVersion } from '../version.ts';
import type { PlanwireOptions } from './options.ts';
import { PlanwireOptionsError } from './settings.ts';
import { webhook } from '../http/webhook.ts';

/** A Planwire that has started. This file brings everything that it is made of, and is loaded at the start. */
export interface Running {
  readonly service: Service;
  readonly deliver: (req: IncomingMessage, res: ServerResponse) => void;
  readonly fetchHandler: (request: Request) => Promise<Response>;
  sync(customerId: string): Promise<void>;
  explain(id: string): Promise<Preview | null>;
  metrics(): Promise<string>;
}

export async function run(
  config: Config,
  given: {
    readonly plans: string | object | undefined;
    readonly log: Logger | null;
    readonly workers: boolean;
    readonly tracerProvider: PlanwireOptions['tracerProvider'];
    readonly onOutcome: (outcome: Outcome) => void;
  },
): Promise<Running> {
  const { plans, workers, onOutcome } = given;
  const loaded = await loadPlans(readerOf(plans ?? config.plansFile));
  if (!loaded.ok) throw new PlanwireOptionsError('The plan file cannot be used', loaded.problems);
  const log = given.log ?? createLogger(config.log, process.stdout, createScrub(secretsOf(config)));
  for (const warning of loaded.plans.current().warnings) log.warn(warning);
  const roles = { http: false, mounted: true, workers };
  const { tracerProvider } = given;
  const tracer = tracerProvider === undefined ? noTracer : await tracerOf(tracerProvider, packageVersion());
  const overrides = { onOutcome, tracer };
  const service = await startService(config, roles, { log, plans: loaded.plans }, overrides);
  const { context } = service;
  const deps = {
    ...webhookPorts(context),
    log,
    count: context.telemetry.webhook,
    isDraining: () => service.state !== 'running',
  };
  const cases = useCases(context);
  return {
    service,
    deliver: webhook(deps),
    fetchHandler: fetchWebhook(deps),
    sync: async (customer) => cases.requestSync(checked(customerId, customer)),
    explain: async (anyId) => cases.preview({ id: checked(id, anyId) }),
    metrics: async () => (await context.telemetry.metrics()).text,
  };
}

/** What a request of the admin API may not have an id for is none here either: nobody could ever sync it. */
function checked(schema: z.ZodType<string>, given: unknown): string {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw new TypeError(`id: ${read.error.issues[0]?.message ?? 'give an id'}.`);
}

/** JSON is YAML: an object goes the way of a file, and has its sentences. */
function readerOf(plans: string | object): ReadPlans {
  if (typeof plans === 'string') return planFileReader(plans);
  return () => {
    const read = loadPlanFile(JSON.stringify(plans, null, 2), 'plans');
    return Promise.resolve(
      read.ok
        ? { ...read, warnings: read.warnings.map(formatProblem) }
        : { ok: false, problems: read.problems.map(formatProblem) },
    );
  };
}
