import { lazy, type ReactNode } from 'react';
import { Empty } from './parts/states.tsx';
import type { Place } from './router.tsx';
import { HomeView } from './views/home/home-view.tsx';

// Each of the others comes when it is first looked at.
const AuditView = lazy(async () => ({ default: (await import('./views/audit/audit-view.tsx')).AuditView }));
const CustomerView = lazy(async () => ({
  default: (await import('./views/customer/customer-view.tsx')).CustomerView,
}));
const FindView = lazy(async () => ({ default: (await import('./views/find/find-view.tsx')).FindView }));
const HeldView = lazy(async () => ({ default: (await import('./views/held/held-view.tsx')).HeldView }));
const OutcomeView = lazy(async () => ({
  default: (await import('./views/outcomes/outcome-view.tsx')).OutcomeView,
}));
const OutcomesView = lazy(async () => ({
  default: (await import('./views/outcomes/outcomes-view.tsx')).OutcomesView,
}));
const PlanFileView = lazy(async () => ({
  default: (await import('./views/plan-file/plan-file-view.tsx')).PlanFileView,
}));
const RunView = lazy(async () => ({ default: (await import('./views/runs/run-view.tsx')).RunView }));
const RunsView = lazy(async () => ({ default: (await import('./views/runs/runs-view.tsx')).RunsView }));

interface View {
  readonly title: string;
  readonly element: ReactNode;
}

const views: readonly (readonly [pattern: RegExp, view: (place: Place, id: string) => View])[] = [
  [/^\/$/, () => ({ title: 'Home', element: <HomeView /> })],
  [/^\/held$/, () => ({ title: 'Held', element: <HeldView /> })],
  [/^\/outcomes$/, () => ({ title: 'Outcomes', element: <OutcomesView /> })],
  [/^\/outcomes\/([^/]+)$/, (_place, id) => ({ title: id, element: <OutcomeView id={id} /> })],
  [/^\/runs$/, () => ({ title: 'Runs', element: <RunsView /> })],
  [/^\/runs\/([^/]+)$/, (_place, id) => ({ title: id, element: <RunView key={id} id={id} /> })],
  [/^\/audit$/, () => ({ title: 'Audit', element: <AuditView /> })],
  [/^\/plan-file$/, () => ({ title: 'Plan file', element: <PlanFileView /> })],
  [/^\/find$/, ({ query }) => ({ title: 'Find', element: <FindView id={query.get('id')} /> })],
  [
    /^\/customers\/([^/]+)$/,
    (_place, id) => ({ title: id, element: <CustomerView key={id} customerId={id} /> }),
  ],
];

export function viewAt(place: Place): View {
  for (const [pattern, view] of views) {
    const match = pattern.exec(place.path);
    if (match !== null) return view(place, decoded(match[1] ?? ''));
  }
  const element = (
    <>
      <div className="page-head">
        <h1>There is no page at this address</h1>
      </div>
      <Empty icon="search" title="Nothing to see here">
        Look for what you need in the box above, or choose a view.
      </Empty>
    </>
  );
  return { title: 'Not found', element };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
