import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/domain/notification/ledger.ts';
import { newsTypes } from '../../src/domain/notification/news.ts';
import { bodyOf } from '../../src/notify/body.ts';

const message: Message = {
  id: 'msg_1',
  type: 'problem.opened',
  subject: 'problem:a',
  path: '/outcomes?error=a',
  at: Date.parse('2026-11-27T03:04:05Z'),
  attempts: 0,
  notBefore: 0,
  data: { title: 'Limits <of> a & b', customers: 1234, detail: 'x'.repeat(9_000) },
};

describe('the body for Slack', () => {
  it('has a text, one section that Slack takes, and a link', () => {
    const body = JSON.parse(bodyOf(message, 'slack', 'https://p.example')) as {
      text: string;
      blocks: { type: string; text: { type: string; text: string } }[];
    };
    expect(Object.keys(body)).toEqual(['text', 'blocks']);
    expect(body.text).toBe('Planwire: Limits &lt;of&gt; a &amp; b');
    const [section] = body.blocks;
    expect(section).toMatchObject({ type: 'section', text: { type: 'mrkdwn' } });
    expect(section?.text.text).toContain('Customers: 1,234\n<https://p.example/dashboard/outcomes?error=a|');
    expect(section?.text.text.length).toBeLessThan(3_000);
  });

  it.each(newsTypes)('of %s says which it is by a sign', (type) => {
    expect(bodyOf({ ...message, type }, 'slack', null)).toMatch(/"text":":[a-z_]+: \*/);
  });
});

it('without DASHBOARD_URL there is no link', () => {
  expect(JSON.parse(bodyOf(message, 'standard', null))).toMatchObject({
    type: 'problem.opened',
    timestamp: '2026-11-27T03:04:05.000Z',
    data: { customers: 1234, url: null },
  });
});
