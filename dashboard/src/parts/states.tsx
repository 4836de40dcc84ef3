import type { ReactNode } from 'react';
import { CallFailed } from '../api/call.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'held' | 'info' | 'quiet';

const noteIcons: Readonly<Record<Tone, IconName>> = {
  good: 'good',
  warn: 'warning',
  bad: 'warning',
  held: 'held',
  info: 'info',
  quiet: 'info',
};

export function Note(props: {
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  const { tone, title, children, actions } = props;
  return (
    <div className={`note tone-${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name={noteIcons[tone]} />
      <div>
        <strong>{title}</strong>
        {children === undefined ? null : <div className="text">{children}</div>}
      </div>
      {actions}
    </div>
  );
}

export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly good?: boolean;
  readonly children?: ReactNode;
}) {
  const { icon, title, good = false, children } = props;
  return (
    <div className={good ? 'empty empty-good' : 'empty'}>
      <Icon name={icon} />
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

export function Loading({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

/** What failed and what to do; a refresh that failed leaves what was read before on the screen. */
export function Failed({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const known = error instanceof CallFailed;
  // To ask again would bring the same.
  if (known && error.status === 404)
    return (
      <Note tone="quiet" title="Nothing was found">
        {error.message}
      </Note>
    );
  return (
    <Note
      tone="bad"
      title={known && error.status !== 0 ? 'This could not be read' : 'No answer'}
      actions={
        retry && (
          <Button small onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {known ? error.message : 'Something failed in this page; reload it.'}
    </Note>
  );
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** The four states of what is asked for: on its way, failed, there, and there but old because a refresh failed. */
export function Shown<T>(props: {
  readonly asked: Asked<T>;
  readonly loading?: ReactNode;
  readonly children: (data: T) => ReactNode;
}) {
  const { asked, loading = <Loading />, children } = props;
  const retry = (): void => void asked.refetch();
  if (asked.data === undefined) {
    return asked.error === null ? loading : <Failed error={asked.error} retry={retry} />;
  }
  return (
    <>
      {asked.error === null ? null : (
        <Note
          tone="warn"
          title="This is as it was when it was last read"
          actions={
            <Button small onClick={retry}>
              Try again
            </Button>
          }
        >
          {asked.error instanceof Error ? asked.error.message : null}
        </Note>
      )}
      {children(asked.data)}
    </>
  );
}
