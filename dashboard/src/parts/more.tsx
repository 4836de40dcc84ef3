import { Button } from './button.tsx';

/** The end of a list that goes on. */
export function More({ busy = false, read }: { readonly busy?: boolean; readonly read: () => void }) {
  return (
    <div className="more">
      <Button small disabled={busy} onClick={read}>
        {busy ? 'Reading…' : 'Show more'}
      </Button>
    </div>
  );
}
