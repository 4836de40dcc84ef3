import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatProblem, loadPlanFile } from '../../../src/plan-file/load.ts';
import { boost, decide, item, limitsOf, subscription, team } from '../build.ts';

const root = join(import.meta.dirname, '../../..');
const docs = await readFile(join(root, 'docs/plans.md'), 'utf8');
const blocks = Array.from(docs.matchAll(/```yaml\n(.*?)```/gs), ([, text = '']) => text);
const [whole = ''] = blocks;

describe('docs/plans.md', () => {
  it('shows as the whole file the one that plans.example.yaml is', async () => {
    const example = await readFile(join(root, 'plans.example.yaml'), 'utf8');
    expect(parse(whole)).toEqual(parse(example));
  });

  it.each(blocks)('shows parts that can be used in the whole file: %s', (text) => {
    const part = parse(text) as Record<string, unknown>;
    const file = { ...(parse(whole) as object), ...part };
    // An add-on may speak of limits that a shortened example leaves out.
    if ('plans' in part && !('addons' in part)) delete (file as { addons?: unknown }).addons;
    const loaded = loadPlanFile(JSON.stringify(file), 'docs');
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([]);
  });

  it('shows the sentences that a decision really gives', () => {
    const items = [
      {
        ...team(3, 'si_1'),
        price: { ...team().price, id: 'price_1' },
        product: { id: 'prod_team', metadata: {} },
      },
      item('si_2', 'boost', {
        price: { ...boost().price, id: 'price_2' },
        product: { id: 'prod_boost', metadata: {} },
      }),
    ];
    const decision = decide({ plans: whole, subscriptions: [subscription('sub_1', { items })] });
    expect(docs).toContain(`\n${decision.explanation.join('\n')}\n`);
  });

  it('names every code with which a decision is refused', async () => {
    const files = [
      'resolve/resolve.ts',
      'resolve/items.ts',
      'resolve/overrides.ts',
      'resolve/limits.ts',
      'resolve/external-id.ts',
      'identity/bounds.ts',
    ];
    const sources = await Promise.all(files.map((name) => readFile(join(root, 'src/domain', name), 'utf8')));
    const codes = new Set(
      sources.flatMap((text) => Array.from(text.matchAll(/code: '(\w+)'/g), ([, code = '']) => code)),
    );
    expect(codes.size).toBeGreaterThanOrEqual(8);
    for (const code of codes) expect(docs).toContain(`\`${code}\``);
  });

  it.each([
    [1, 1000],
    [4, 2500],
    [0, 1000],
  ])('says what a quantity of %d comes to', (quantity, requests) => {
    const decision = decide({
      plans: whole,
      subscriptions: [subscription('sub_1', { items: [team(quantity)] })],
    });
    expect(limitsOf(decision)['requests']).toBe(requests);
    expect(docs).toContain(`| quantity ${quantity} | ${requests} |`);
  });
});
