import type { IncomingMessage } from 'node:http';
import { createAccount } from './account.ts';
import { createControls, type ControlParts, type StripeControls } from './controls.ts';
import { createEventMaker, type EventMakerOptions } from './events.ts';
import type { ReadWorld } from './read-api.ts';

/** An account that is connected to the one whose key it is: objects and events of its own. */
interface ConnectedAccount {
  readonly controls: StripeControls;
  readonly world: ReadWorld;
}

export function createConnectedAccounts(
  parts: ControlParts,
  own: { readonly world: ReadWorld; readonly events: EventMakerOptions },
) {
  const known = new Map<string, ConnectedAccount>();
  const make = (id: string): ConnectedAccount => {
    const account = createAccount();
    const events = createEventMaker({ ...own.events, account: id });
    const world = { ...parts.world, account };
    parts.account.connected.put({ id, object: 'account', created: world.now() });
    return {
      controls: createControls({ ...parts, account, events, world }),
      world: { ...own.world, account, events },
    };
  };
  const connect = (id: string): ConnectedAccount => {
    const account = known.get(id) ?? make(id);
    known.set(id, account);
    return account;
  };
  return {
    connect: (id: string): StripeControls => connect(id).controls,
    /** null: the key has no access to it. */
    worldOf(account: string | null): ReadWorld | null {
      return account === null ? own.world : (known.get(account)?.world ?? null);
    },
    /** Whoever controls an account that is not there yet connects it. */
    controlsOf(request: IncomingMessage): StripeControls | null {
      const account = request.url?.startsWith('/_stripe/') === true ? accountAsked(request) : null;
      return account === null ? null : connect(account).controls;
    },
  };
}

/** API v2 knows the newer header alone. */
export function accountAsked({ headers, url = '' }: IncomingMessage): string | null {
  const ofV1 = url.startsWith('/v2/') ? undefined : headers['stripe-account'];
  const header = headers['stripe-context'] ?? ofV1;
  return typeof header === 'string' && header !== '' ? header : null;
}
