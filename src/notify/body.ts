import type { Message } from '../domain/notification/ledger.ts';
import { iso } from '../domain/iso-time.ts';

export type NotifyFormat = 'standard' | 'slack';

/** What is posted: the payload of Standard Webhooks, or what an incoming webhook of Slack takes. */
export function bodyOf(message: Message, format: NotifyFormat, dashboardUrl: string | null): string {
  const url = dashboardUrl === null ? null : `${dashboardUrl}/dashboard${message.path}`;
  const { type, data } = message;
  if (format === 'slack') return JSON.stringify(slack(message, url));
  return JSON.stringify({ type, timestamp: iso(message.at), data: { ...data, url } });
}

const signs = {
  'problem.opened': ':red_circle:',
  'problem.resolved': ':large_green_circle:',
  'downgrade.held': ':raised_hand:',
  'drift.found': ':mag:',
  'upstream.stopped': ':red_circle:',
  'upstream.recovered': ':large_green_circle:',
} as const;

/** Slack refuses a section that is longer than 3,000 characters. */
const longest = 2_500;

function slack({ type, data }: Message, url: string | null): object {
  const text = `Planwire: ${escaped(data.title)}`;
  const { customers } = data;
  const detail = [data['detail'], data['remedy']].find((each) => typeof each === 'string' && each !== '');
  const lines = [
    `${signs[type]} *${escaped(data.title)}*`,
    ...(typeof detail === 'string' ? [escaped(detail)] : []),
    ...(customers === null || customers === 0 ? [] : [`Customers: ${customers.toLocaleString('en-US')}`]),
    ...(url === null ? [] : [`<${url}|Open the dashboard>`]),
  ];
  return { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: lines.join('\n') } }] };
}

/** The three characters that mean something to Slack. */
function escaped(text: string): string {
  return text.slice(0, longest).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
