import { Queue, type Job, type JobJson, type Worker } from 'bullmq';
import type { QueueName } from '../store.ts';
import { ClosableWorker } from '../queue/closable-worker.ts';
import type { QueueEngine } from '../queue/engine.ts';
import { jobOptions } from '../queue/options.ts';
import { addEvents } from './add-events.ts';
import { longEvent } from './event-job.ts';
import { runScript, script, type RedisClient } from './scripts.ts';

/** Only ever longer: a worker that was told to wait 1 s must not end the minute that another one was told. */
const pauseScript = script(`
local left = redis.call('PTTL', KEYS[1])
local wanted = tonumber(ARGV[1])
if left > wanted then wanted = left end
redis.call('SET', KEYS[1], '9007199254740991', 'PX', wanted)
return wanted
`);

/** BullMQ on Redis: queues share the connection for calls, workers theirs plus one each for blocking. */
export function redisEngine(calls: RedisClient, workers: () => RedisClient, prefix: string): QueueEngine {
  return {
    // BullMQ's look at version and memory policy prints to the console; `redisHealth` says it better.
    queue: (name, options) =>
      new Queue(name, { ...options, prefix, connection: calls, skipVersionCheck: true }),
    addEvents: (queue, events) => addEvents(calls, queue, events),
    worker: (name, processor, options) =>
      new (name === 'events' ? WorkerOfEvents : ClosableWorker)(name, processor, {
        ...options,
        prefix,
        connection: workers(),
      }),
    // Redis' own expiry does it.
    prune: () => Promise.resolve(),
    // Redis is told how long, and not until when.
    clampPauses: () => Promise.resolve(),
    async pause(name: QueueName, delayMs: number) {
      await runScript(
        workers(),
        pauseScript,
        [`${prefix}:${name}:limiter`],
        [Math.max(1, Math.ceil(delayMs))],
      );
    },
  };
}

/** Gives a job back what it left out, before anything is done with it. */
class Events extends ClosableWorker {
  protected override createJob(json: JobJson, jobId: string): Job {
    const job = super.createJob(json, jobId);
    const { name, timestamp, deduplicationId: eventId = '' } = job;
    job.data = longEvent({ name, timestamp, eventId, data: job.data });
    Object.assign(job.opts, jobOptions);
    return job;
  }
}

const WorkerOfEvents = Events as typeof Worker;
