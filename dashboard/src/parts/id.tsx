import { Link } from '../router.tsx';
import { CopyButton } from './copy.tsx';

/** An id: whole, in a fixed width, with a button that copies it. `to` makes it a link. */
export function Id({ id, to }: { readonly id: string; readonly to?: string }) {
  return (
    <span className="id">
      {to === undefined ? (
        <span title={id}>{id}</span>
      ) : (
        <Link to={to} title={id}>
          {id}
        </Link>
      )}
      <CopyButton text={id} what={id} />
    </span>
  );
}

export function customerPath(customerId: string): string {
  return `/customers/${encodeURIComponent(customerId)}`;
}

export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`;
}

export function CustomerId({ id }: { readonly id: string }) {
  return <Id id={id} to={customerPath(id)} />;
}
