import { DelayedError, Worker, type Job } from 'bullmq';
import type { EventJob, Verdict } from '../../domain/work.ts';
import type { WorkContext, WorkOptions } from '../store.ts';

/** Tells BullMQ how long a job waits; the text is kept in the store, so it says nothing of the cause. */
export class RunAgain extends Error {
  override readonly name = 'RunAgain';
  readonly delayMs: number;
  constructor(delayMs: number) {
    super('to run again');
    this.delayMs = Math.max(0, Math.round(delayMs));
  }
}

/** What BullMQ takes as a word about the job, not as a failure of its handler. */
export function isSignal(cause: unknown): boolean {
  if (cause instanceof RunAgain || cause instanceof DelayedError) return true;
  return cause instanceof Error && cause.name === Worker.RateLimitError().name;
}

/** Runs the handler, and tells BullMQ what it said. `token`: of the job's lock. `pause`: stops the whole queue. */
export async function runJob(
  options: WorkOptions,
  job: Job,
  token: string | undefined,
  context: WorkContext,
  pause: (delayMs: number) => Promise<void>,
): Promise<void> {
  await obey(await runHandler(options, job, context), job, token, pause);
}

function runHandler(options: WorkOptions, job: Job, context: WorkContext): Promise<Verdict> {
  switch (options.queue) {
    case 'events':
      return options.handle(job.data as EventJob, context);
    case 'syncs':
      return options.handle((job.data as { customerId: string }).customerId, context);
    case 'bulk':
      return options.handle((job.data as { runId: string }).runId, context);
  }
}

async function obey(
  verdict: Verdict,
  job: Job,
  token: string | undefined,
  pause: (delayMs: number) => Promise<void>,
): Promise<void> {
  switch (verdict.kind) {
    case 'done':
    case 'drop':
      return;
    case 'retry':
      throw new RunAgain(Math.max(1, verdict.delayMs));
    case 'later':
      await job.moveToDelayed(Date.now() + Math.max(1, Math.round(verdict.delayMs)), token);
      throw new DelayedError();
    case 'again':
      // Without a delay: on PostgreSQL a job that was delayed comes back to the place that it had before.
      throw new RunAgain(0);
    case 'wait':
      await pause(verdict.delayMs);
      throw Worker.RateLimitError();
  }
}

/** The queue failed a job for good all the same. */
export async function giveUp(options: WorkOptions, { data }: Job, reason: string): Promise<void> {
  switch (options.queue) {
    case 'events':
      return options.onGivenUp?.(data as EventJob, reason);
    case 'syncs':
      return options.onGivenUp?.((data as { customerId: string }).customerId, reason);
    case 'bulk':
      return options.onGivenUp?.((data as { runId: string }).runId, reason);
  }
}
