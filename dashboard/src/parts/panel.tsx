import { useId, type ReactNode } from 'react';

export function Panel(props: {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly foot?: ReactNode;
  /** Tables go from edge to edge. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}) {
  const { title, about, actions, foot, flush = false, children } = props;
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {about === undefined ? null : <p>{about}</p>}
        </div>
        {actions === undefined ? null : <div className="actions">{actions}</div>}
      </header>
      <div className={flush ? '' : 'panel-body'}>{children}</div>
      {foot === undefined ? null : <footer className="panel-foot">{foot}</footer>}
    </section>
  );
}
