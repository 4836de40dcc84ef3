import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config.ts';
import { createScrub, type Scrub } from '../domain/scrub.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';

/** Logs go to one stream. What is logged as `err` becomes the fields that a log may know. */
export function createLogger(
  options: Config['log'],
  destination: NodeJS.WritableStream = process.stdout,
  scrub: Scrub = createScrub([]),
): Logger {
  const stream: DestinationStream =
    options.format === 'pretty'
      ? pretty({ destination, colorize: 'isTTY' in destination && destination.isTTY === true })
      : destination;
  return pino(
    {
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields(scrub) },
      redact: {
        paths: ['*.secretKey', '*.rootKey', '*.authorization', '*.payload', '*.header'],
        remove: true,
      },
    },
    stream,
  );
}

/**
 * What a log may know of an error: its class, code and message; never its other fields, which may hold a payload.
 * Credentials in an address are cut out: some clients put the address they cannot reach into the message.
 */
function errorFields(scrub: Scrub) {
  return (error: unknown): { name: string; code?: string; message: string } => {
    if (!(error instanceof Error))
      return { name: 'NonError', message: 'Something that is no Error was thrown.' };
    const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
    return {
      name: error.name,
      ...code,
      message: scrub(error.message.replaceAll(/:\/\/[^@/\s]*@/g, '://…@')).slice(0, 500),
    };
  };
}

/** The one log line of an attempt: always the same fields. */
export function logOutcome(log: Logger, outcome: Outcome): void {
  const fields = {
    outcome: outcome.id,
    status: outcome.status,
    requestId: outcome.requestId,
    cause: outcome.cause.kind,
    events: outcome.cause.eventIds,
    customer: outcome.customerId,
    identity: outcome.identity.id,
    planFrom: outcome.plan.from,
    planTo: outcome.plan.to,
    error: outcome.error?.code ?? null,
    attempt: outcome.attempt,
    retryAt: outcome.retryAt,
    ms: outcome.durationMs,
  };
  const sentence = outcome.error?.detail ?? outcome.explanation.at(-1) ?? '';
  log[levels[outcome.status]](fields, `sync ${outcome.status}: ${sentence}`);
}

const levels = {
  applied: 'info',
  unchanged: 'info',
  ignored: 'info',
  retrying: 'warn',
  held: 'warn',
  failed: 'error',
} as const;
