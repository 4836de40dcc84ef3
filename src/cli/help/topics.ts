import { readFile } from 'node:fs/promises';

/** What `planwire help` knows besides commands: a page of the documentation, or one part of it. */
interface Topic {
  readonly about: string;
  readonly page: string;
  /** The heading of the part; without it the whole page is meant. */
  readonly heading?: string;
}

export const topics: Readonly<Record<string, Topic>> = {
  'plan-file': { about: 'the plan file, key by key', page: 'plans.md' },
  stores: {
    about: 'Redis, PostgreSQL, embedded: what each survives',
    page: 'operations.md',
    heading: 'What each store survives',
  },
  stripe: { about: 'what each feature of Stripe Billing does', page: 'stripe.md' },
  alerts: { about: 'every alert, and what to do', page: 'operations.md', heading: 'Alerts and remedies' },
  troubleshooting: { about: 'every error code, and what to do', page: 'troubleshooting.md' },
};

/** From the sources, and from where they are built to. */
const folders = ['../../../docs/', '../../../../docs/'];

async function page(name: string): Promise<string | null> {
  for (const folder of folders) {
    const text = await readFile(new URL(`${folder}${name}`, import.meta.url), 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  return null;
}

/** The text of a topic, or the section of an error code; null: there is none. */
export async function helpOn(word: string): Promise<string | null> {
  const topic = Object.hasOwn(topics, word) ? topics[word] : undefined;
  if (topic === undefined) return section((await page('troubleshooting.md')) ?? '', `\`${word}\``);
  const text = await page(topic.page);
  if (text === null) return `The documentation is not installed here: read docs/${topic.page}.`;
  return topic.heading === undefined ? text : section(text, topic.heading);
}

/** From its heading to the next one of the same or a higher level. */
function section(text: string, heading: string): string | null {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) return null;
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => (/^#+(?= )/.exec(line)?.[0].length ?? 9) <= level);
  return [lines[start], ...(end < 0 ? rest : rest.slice(0, end))].join('\n').trimEnd();
}
