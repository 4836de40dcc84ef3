import { Redis } from 'ioredis';
import { ClosableWorker } from '../../../src/store/queue/closable-worker.ts';

/** Closes a worker whose look for stalled jobs has failed, says so, and has nothing else that could hold the process. */
const connection = new Redis(process.argv[2] ?? '', { maxRetriesPerRequest: null });
const worker = new ClosableWorker('closing', () => Promise.resolve(), { connection, stalledInterval: 100 });
const failed = new Promise((resolve) => worker.on('error', resolve));
await worker.waitUntilReady();
// What it keeps its stalled jobs in is of another kind.
await connection.set('bull:closing:stalled', 'no set');
await failed;
await worker.close();
connection.disconnect();
console.log('closed');
