import { Empty } from '../../parts/states.tsx';

export function HomeView() {
  return (
    <>
      <div className="page-head">
        <h1>Home</h1>
      </div>
      <Empty icon="search" title="Look for a customer">
        The box above takes any id that you hold, an address of Stripe’s or Unkey’s dashboard, or an e-mail.
      </Empty>
    </>
  );
}
