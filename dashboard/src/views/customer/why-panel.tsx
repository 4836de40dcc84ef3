import { Panel } from '../../parts/panel.tsx';
import { Sentences } from '../../parts/sentences.tsx';
import type { CustomerPage } from './customer-data.ts';

export function WhyPanel({ page }: { readonly page: CustomerPage }) {
  const sentences = page.decision?.explanation ?? [];
  if (sentences.length === 0) return null;
  return (
    <Panel title="Why" about="Decided now, from Stripe as it is and the plan file.">
      <Sentences of={sentences} />
    </Panel>
  );
}
