import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as SyncEngine from '@supabase/stripe-sync-engine';
import { Queue, Worker } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { Stripe } from 'stripe';
import { readAndWrite, type Upstreams } from './by-hand.ts';

/**
 * What Planwire is measured beside, each in a process of its own that ends with its parent:
 *
 * - `floor`: bare node:http, one HMAC, JSON.parse, one plain BullMQ add; nobody could do less with these parts.
 * - `naive`: Express, express.raw, constructEvent, one add: the handler that one writes by hand.
 * - `sync-engine`: Supabase's stripe-sync-engine behind Express, on PostgreSQL.
 * - `floor-worker`: a BullMQ worker that makes the three HTTP calls of a changed identity, and nothing else.
 */
const [kind = '', store = '', secret = '', upstreams = '{}'] = process.argv.slice(2);

process.once('disconnect', () => process.exit());
process.send?.(await start());

async function start(): Promise<string> {
  switch (kind) {
    case 'floor':
      return floor();
    case 'naive':
      return naive();
    case 'sync-engine':
      return syncEngine();
    case 'floor-worker':
      return floorWorker(JSON.parse(upstreams) as Upstreams);
    default:
      throw new Error(`There is no peer ${kind}.`);
  }
}

function queue(): Queue {
  return new Queue('floor', { connection: new Redis(store) });
}

function floor(): Promise<string> {
  const events = queue();
  return listening(
    createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const body = Buffer.concat(chunks);
        const [, time = '', given = ''] =
          /t=(\d+),v1=(\w+)/.exec(String(req.headers['stripe-signature'])) ?? [];
        const mac = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
        if (!timingSafeEqual(mac, Buffer.from(given, 'hex'))) return void res.writeHead(400).end();
        const event = JSON.parse(body.toString()) as { id: string };
        void events.add('event', { id: event.id }).then(() => res.end('{"received":true}'));
      });
    }),
  );
}

function naive(): Promise<string> {
  const events = queue();
  const app = express();
  app.post('/webhooks/stripe', express.raw({ type: 'application/json' }), (req, res) => {
    const header = String(req.headers['stripe-signature']);
    const event = Stripe.webhooks.constructEvent(req.body as Buffer, header, secret);
    events
      .add('event', { id: event.id, type: event.type })
      .then(() => res.json({ received: true }))
      .catch(() => res.status(500).end());
  });
  return listening(createServer(app));
}

async function syncEngine(): Promise<string> {
  // Its migrations give rights to a role of that name.
  const client = new Client(store);
  await client.connect();
  await client.query('CREATE ROLE postgres');
  await client.end();
  // Its module for import looks for them by `__dirname`, which is not there, and says nothing.
  const { runMigrations, StripeSync } = createRequire(import.meta.url)(
    '@supabase/stripe-sync-engine',
  ) as typeof SyncEngine;
  await runMigrations({ databaseUrl: store, schema: 'stripe' });
  const sync = new StripeSync({
    poolConfig: { connectionString: store, max: 10 },
    stripeSecretKey: 'sk_test_bench',
    stripeWebhookSecret: secret,
    backfillRelatedEntities: false,
  });
  const app = express();
  app.post('/webhooks/stripe', express.raw({ type: 'application/json' }), (req, res) => {
    sync
      .processWebhook(req.body as Buffer, String(req.headers['stripe-signature']))
      .then(() => res.json({ received: true }))
      .catch(() => res.status(500).end());
  });
  return listening(createServer(app));
}

/** The jobs name a customer by number. */
async function floorWorker(upstreams: Upstreams): Promise<string> {
  const worker = new Worker<{ readonly n: number }>(
    'floor',
    ({ data: { n } }) => readAndWrite(upstreams, n),
    { connection: new Redis(store, { maxRetriesPerRequest: null }), concurrency: 20 },
  );
  await worker.waitUntilReady();
  return 'working';
}

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
