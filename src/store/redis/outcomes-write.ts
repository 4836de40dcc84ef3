import type { Redis } from 'ioredis';
import { splitOutcomeRefs } from '../../domain/outcome/outcome-refs.ts';
import type { EventNote, Outcome } from '../../domain/outcome/outcome.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { inBatches } from '../in-batches.ts';
import { changeText, runScript, script, type RedisClient } from './scripts.ts';
import { decodeOutcome, encodeOutcome, type StoredOutcome } from './outcomes-document.ts';
import { finishedAt, type OutcomeKeys } from './outcomes-index.ts';

/**
 * Writes unless the document is another by now than the one that was read: ARGV 9 says whether that matters, `any`, or
 * whether there was none, `absent`, or that it was ARGV 10. Keys: the document, all status sets, the outcome's sorted sets, then its hashes. What a replaced outcome no longer
 * names stays in its old index; readers compare with the document, and time removes it.
 */
export const putOutcomeLua = `
local function putOutcome(keys, args)
  if args[9] ~= 'any' then
    local held = redis.call('GET', keys[1])
    if args[9] == 'absent' then
      if held then return 0 end
    elseif held ~= args[10] then
      return 0
    end
  end
  local id, document, time, keep, oldest = args[1], args[2], args[3], args[4], args[5]
  local statuses, status, sets = tonumber(args[6]), args[7], tonumber(args[8])
  redis.call('SET', keys[1], document, 'PX', keep)
  for i = 2, 1 + statuses do
    if keys[i] == status then redis.call('ZADD', keys[i], time, id) else redis.call('ZREM', keys[i], id) end
  end
  for i = 2 + statuses, 1 + statuses + sets do
    redis.call('ZADD', keys[i], time, id)
    redis.call('ZREMRANGEBYSCORE', keys[i], '-inf', '(' .. oldest)
    redis.call('PEXPIRE', keys[i], keep)
  end
  for i = 2 + statuses + sets, #keys do
    local ref = args[11 + i - (2 + statuses + sets)]
    local known = redis.call('HGET', keys[i], ref)
    if not known then
      redis.call('HSET', keys[i], ref, id)
    elseif not string.find(' ' .. known .. ' ', ' ' .. id .. ' ', 1, true) then
      redis.call('HSET', keys[i], ref, known .. ' ' .. id)
    end
    redis.call('PEXPIRE', keys[i], keep)
  end
  return 1
end
`;
const putScript = script(`${putOutcomeLua} return putOutcome(KEYS, ARGV)`);

const pruneScript = script(`
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
if #ids > 0 then redis.call('ZREM', KEYS[1], unpack(ids)) end
return ids
`);

const pruneBatch = 500;

/** Documents and indexes expire by themselves a day late: pruning decides, and this holds if nobody prunes. */
export const expirySlackMs = 86_400_000;

export async function putOutcome(
  redis: RedisClient,
  keys: OutcomeKeys,
  stored: StoredOutcome,
  retentionMs: number,
): Promise<void> {
  await write(redis, keys, stored, retentionMs, 'any');
}

/** Changes one outcome, or makes it, atomically. */
export async function changeOutcome(
  redis: RedisClient,
  keys: OutcomeKeys,
  outcomeId: string,
  transition: (outcome: Outcome | null) => Outcome | null,
  retentionMs: number,
): Promise<Outcome | null> {
  return compareAndSwap<
    Outcome | null,
    { readonly text: Buffer; readonly ticket: number | undefined } | null
  >(
    {
      name: `The outcome ${outcomeId}`,
      async read() {
        const text = await (redis as Redis).getBuffer(keys.document(outcomeId));
        if (text === null) return { value: null, version: null };
        const { outcome, ticket } = decodeOutcome(text);
        return { value: outcome, version: { text, ticket } };
      },
      replace: async (outcome, held) =>
        outcome === null ||
        write(redis, keys, { outcome, ticket: held?.ticket }, retentionMs, held?.text ?? null),
    },
    (held) => transition(held) ?? held,
  );
}

/** Whether it was written: only where the document is still the one that was read, or `any`. */
async function write(
  redis: RedisClient,
  keys: OutcomeKeys,
  stored: StoredOutcome,
  retentionMs: number,
  held: Buffer | null | 'any',
): Promise<boolean> {
  const put = putting(keys, stored, retentionMs, held);
  return (await runScript(redis, putScript, put.keys, put.args)) === 1;
}

/** The keys and arguments of putOutcomeLua. */
export function putting(
  keys: OutcomeKeys,
  stored: StoredOutcome,
  retentionMs: number,
  held: Buffer | null | 'any' = 'any',
): { readonly keys: readonly string[]; readonly args: readonly (string | number | Buffer)[] } {
  const { outcome } = stored;
  const time = finishedAt(outcome);
  const { lasting, passing } = splitOutcomeRefs(outcome);
  const sets = lasting.map(keys.lasting);
  if (outcome.error !== null) sets.push(keys.error(outcome.error.code));
  const hashes = passing.map((ref) => keys.passing(ref, time));
  const expected = held === 'any' ? ['any', ''] : held === null ? ['absent', ''] : ['held', held];
  return {
    keys: [keys.document(outcome.id), ...keys.statuses, ...sets, ...hashes],
    args: [
      outcome.id,
      encodeOutcome(stored),
      time,
      retentionMs + expirySlackMs,
      time - retentionMs - expirySlackMs,
      keys.statuses.length,
      keys.status(outcome.status),
      sets.length,
      ...expected,
      ...passing,
    ],
  };
}

/**
 * Removes what finished before the retention, in small steps so that Redis answers others meanwhile. Index entries of
 * removed outcomes lead nowhere and go with their keys.
 */
export async function pruneOutcomes(
  redis: RedisClient,
  keys: OutcomeKeys,
  cutoff: number,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (const status of keys.statuses) {
    removed += await inBatches(
      pruneBatch,
      async () => {
        const ids = (await runScript(redis, pruneScript, [status], [cutoff, pruneBatch])) as string[];
        if (ids.length > 0) await redis.unlink(ids.map(keys.document));
        return ids.length;
      },
      signal,
    );
  }
  return removed;
}

type NotedCustomer = string | readonly [customerId: string, ticket: number];

/** Two notes of one event are one: the first stays and learns of more customers. */
export async function noteEvent(
  redis: RedisClient,
  keys: OutcomeKeys,
  note: EventNote,
  retentionMs: number,
): Promise<void> {
  const place = {
    key: keys.event(note.eventId),
    name: `The note of event ${note.eventId}`,
    keepMs: retentionMs,
    // Most events are noted once.
    believed: null,
  };
  await changeText(redis, place, (held) => {
    const known = held === null ? note : parseNote(note.eventId, held);
    const customerIds = [...new Set([...known.customerIds, ...note.customerIds])];
    const tickets: Readonly<Record<string, number>> = { ...note.tickets, ...known.tickets };
    const customers = customerIds.map((id): NotedCustomer => {
      const ticket = tickets[id];
      return ticket === undefined ? id : [id, ticket];
    });
    const text = JSON.stringify([known.type, known.receivedAt, ...customers]);
    return text === held ? held : text;
  });
}

export function parseNote(eventId: string, text: string): EventNote {
  const [type, receivedAt, ...customers] = JSON.parse(text) as [string, number, ...NotedCustomer[]];
  const customerIds = customers.map((customer) => (typeof customer === 'string' ? customer : customer[0]));
  const tickets = Object.fromEntries(customers.filter((customer) => typeof customer !== 'string'));
  return { eventId, type, receivedAt, customerIds, tickets };
}
