import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { oldestUnsentMs, parseLedger } from '../domain/notification/ledger.ts';
import type { SharedValues } from '../domain/ports.ts';
import { notificationsName } from '../domain/shared-names.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { createNotifier, type Notifier } from '../notify/notifier.ts';
import { newId } from '../random-ids.ts';
import { createPost } from '../notify/post.ts';
import type { StandingDeps } from '../notify/standing.ts';
import type { Telemetry } from '../observe/telemetry.ts';

interface NotificationDeps extends StandingDeps {
  readonly config: Config;
  readonly shared: Pick<SharedValues, 'get' | 'change'>;
  readonly telemetry: Pick<Telemetry, 'notification'>;
  readonly log: Logger;
  readonly waits: Waits;
}

/** null: nobody is to be notified, and nothing is kept. */
export function createNotifications(deps: NotificationDeps): Notifier | null {
  const { config, telemetry, log, waits, now } = deps;
  const { notify } = config;
  if (notify === null) return null;
  return createNotifier({
    ...deps,
    processId: randomUUID(),
    post: createPost(notify, { timeoutMs: waits.notifyTimeoutMs, now }),
    newId: () => `msg_${newId(now())}`,
    onTry(type, result, why) {
      telemetry.notification(result);
      if (result === 'sent') log.info({ type }, 'somebody was notified');
      else if (result === 'failed')
        log.warn({ type, why }, 'NOTIFY_URL did not take a notification; it is tried again');
      else
        log.error(
          { type },
          'NOTIFY_URL took a notification neither in three days nor among 300: it is given up',
        );
    },
    monotonic: () => performance.now(),
  });
}

/** How long the oldest notification has been waiting, ms; null: nobody is to be notified. */
export async function oldestNotificationMs(
  { notify }: Config,
  shared: Pick<SharedValues, 'get'>,
  now: number,
): Promise<number | null> {
  return notify === null ? null : oldestUnsentMs(parseLedger(await shared.get(notificationsName)), now);
}
