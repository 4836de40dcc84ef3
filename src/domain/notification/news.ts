import { own } from '../own.ts';
import type { Upstream } from '../upstream/failure.ts';
import { iso } from '../iso-time.ts';
import { counted } from '../words.ts';

export const newsTypes = [
  'problem.opened',
  'problem.resolved',
  'downgrade.held',
  'drift.found',
  'upstream.stopped',
  'upstream.recovered',
] as const;
export type NewsType = (typeof newsTypes)[number];

/** One change of state, as it is told. */
export interface News {
  readonly type: NewsType;
  /** What it is about: news of one subject are told in order. */
  readonly subject: string;
  /** Where the dashboard shows it. */
  readonly path: string;
  readonly data: NewsData;
}

type NewsData = Readonly<Record<string, unknown>> & {
  readonly title: string;
  /** How many it concerns; null: nobody counts them. */
  readonly customers: number | null;
};

/** How things stand, as far as anybody is told of it. Times are epoch ms. */
export interface Standing {
  /** By the code of their error: the customers who fail now. */
  readonly problems: Readonly<Record<string, Problem>>;
  /** Whether every customer in trouble was looked at: if not, one who was not may still fail. */
  readonly complete: boolean;
  readonly held: number;
  /** Those whose errors make everybody wait until somebody repairs something. */
  readonly stopped: Readonly<Partial<Record<Upstream, Stop>>>;
  /** The last looks at everybody that came to an end. */
  readonly looks: readonly Look[];
}

export interface Problem {
  readonly customers: number;
  readonly since: number;
  readonly title: string;
  readonly detail: string;
  readonly docs: string | null;
}

interface Stop {
  readonly since: number;
  readonly code: string;
  readonly remedy: string | null;
}

interface Look {
  readonly run: string;
  /** Identities that were not as they should be. */
  readonly customers: number;
  readonly repaired: number;
  readonly held: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** What was told last. */
export interface Told {
  readonly problems: Readonly<Record<string, Pick<Problem, 'title' | 'since'>>>;
  /** As many as were said to be held; 0: nobody is. */
  readonly held: number;
  readonly stopped: Readonly<Partial<Record<Upstream, Pick<Stop, 'since'>>>>;
  /** Of the looks at everybody, those that need no more words; null: none was seen yet. */
  readonly looks: readonly string[] | null;
}

export const nothingTold: Told = { problems: {}, held: 0, stopped: {}, looks: null };

/** From what was told last and how things stand now to what there is to tell, and what is told then. */
export function newsOf(told: Told, now: Standing): { readonly told: Told; readonly news: readonly News[] } {
  const held = heldNews(told.held, now);
  return {
    told: {
      problems: openAfter(told, now),
      held: held.told,
      stopped: now.stopped,
      looks: now.looks.map(({ run }) => run),
    },
    news: [...problemNews(told, now), ...held.news, ...upstreamNews(told, now), ...driftNews(told, now)],
  };
}

function openAfter(told: Told, { problems, complete }: Standing): Told['problems'] {
  const open = Object.entries(problems).map(
    ([code, { title, since }]) => [code, own(told.problems, code) ?? { title, since }] as const,
  );
  return { ...(complete ? {} : told.problems), ...Object.fromEntries(open) };
}

function problemNews(told: Told, { problems, complete }: Standing): readonly News[] {
  const of = (type: NewsType, code: string, data: NewsData): News => ({
    type,
    subject: `problem:${code}`,
    path: `/outcomes?error=${encodeURIComponent(code)}`,
    data: { ...data, code },
  });
  const opened = Object.entries(problems)
    .filter(([code]) => !Object.hasOwn(told.problems, code))
    .map(([code, { title, customers, detail, docs, since }]) =>
      of('problem.opened', code, { title, customers, detail, docs, since: iso(since) }),
    );
  if (!complete) return opened;
  const resolved = Object.entries(told.problems)
    .filter(([code]) => !Object.hasOwn(problems, code))
    .map(([code, { title, since }]) =>
      of('problem.resolved', code, { title: `Over: ${title}`, customers: 0, since: iso(since) }),
    );
  return [...opened, ...resolved];
}

/** A few more who are held are no news; ten times as many are another matter than the first one was. */
const growth = 10;

function heldNews(
  before: number,
  { held, complete }: Standing,
): { readonly told: number; readonly news: readonly News[] } {
  if (held === 0) return { told: complete ? 0 : before, news: [] };
  if (before > 0 && held < before * growth) return { told: before, news: [] };
  const title = `${counted(held, 'downgrade')} ${held === 1 ? 'is' : 'are'} held back until somebody releases ${held === 1 ? 'it' : 'them'}`;
  const news: News = {
    type: 'downgrade.held',
    subject: 'held',
    path: '/held',
    data: { title, customers: held },
  };
  return { told: held, news: [news] };
}

const names = { stripe: 'Stripe', unkey: 'Unkey' } as const;
const upstreams = ['stripe', 'unkey'] as const;

function upstreamNews(told: Told, now: Standing): readonly News[] {
  return upstreams.flatMap((upstream): readonly News[] => {
    const before = told.stopped[upstream];
    const stop = now.stopped[upstream];
    const of = (type: NewsType, data: NewsData): News => ({
      type,
      subject: `upstream:${upstream}`,
      path: '/',
      data: { ...data, upstream },
    });
    if (before === undefined && stop !== undefined) {
      const { since, code, remedy } = stop;
      const title = `${names[upstream]} refuses Planwire: whoever needs it waits`;
      return [of('upstream.stopped', { title, customers: null, code, remedy, since: iso(since) })];
    }
    if (before === undefined || stop !== undefined) return [];
    const title = `${names[upstream]} works again`;
    return [of('upstream.recovered', { title, customers: null, since: iso(before.since) })];
  });
}

/** What was found before anybody was to be told is no news. */
function driftNews({ looks }: Told, now: Standing): readonly News[] {
  if (looks === null) return [];
  return now.looks
    .filter(({ run, customers }) => customers > 0 && !looks.includes(run))
    .map(({ run, customers, repaired, held, counts }) => ({
      type: 'drift.found',
      subject: 'drift',
      path: '/runs',
      data: {
        title: `Differences at ${counted(customers, 'identity', 'identities')}: ${repaired} repaired, ${held} held back`,
        customers,
        run,
        repaired,
        held,
        counts,
      },
    }));
}
