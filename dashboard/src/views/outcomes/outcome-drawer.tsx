import { useSession } from '../../api/session.ts';
import type { Outcome } from '../../api/types.ts';
import { ActButton, Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { customerPath } from '../../parts/id.tsx';
import { Link } from '../../router.tsx';
import { replay } from './keys.ts';
import { OutcomeDetails } from './outcome-details.tsx';

/** Beside the list, so that one does not lose one's place in it. */
export function OutcomeDrawer({ outcome, close }: { readonly outcome: Outcome; readonly close: () => void }) {
  const session = useSession().data ?? null;
  const { customerId } = outcome;
  return (
    <Dialog title="Outcome" close={close} look="drawer">
      <OutcomeDetails outcome={outcome} />
      <div className="actions">
        <Button onClick={close}>Close</Button>
        {customerId === null ? null : (
          <Link className="button" to={customerPath(customerId)}>
            Open the customer
          </Link>
        )}
        <ActButton kind="primary" onClick={() => void replay(outcome, session)}>
          Replay
        </ActButton>
      </div>
    </Dialog>
  );
}
