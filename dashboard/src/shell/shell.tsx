import { Suspense, useEffect, useRef, type ReactNode } from 'react';
import { renewSession, type Session } from '../api/session.ts';
import { signOut } from '../api/call.ts';
import { client, sessionKey } from '../api/client.ts';
import { Boundary } from '../parts/boundary.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loading } from '../parts/states.tsx';
import { Link, usePlace } from '../router.tsx';
import { Nav } from './nav.tsx';
import { SearchBox } from './search-box.tsx';

export function Shell({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const { path } = usePlace();
  const page = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // Whoever reads by ear is led to the new page; whoever has just arrived begins at the top.
    if (first.current) first.current = false;
    else page.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <header className="side">
        <Link to="/" className="brand">
          <img src="/dashboard/icon.svg" alt="" />
          Planwire
          <span className={`mode mode-${session.mode}`}>
            {session.mode === 'live' ? 'Live' : 'Test mode'}
          </span>
        </Link>
        <Nav />
        <Who session={session} />
      </header>
      <div className="main">
        <div className="top">
          <SearchBox />
        </div>
        <main id="page" className="page" ref={page} tabIndex={-1}>
          <Boundary key={path}>
            <Suspense fallback={<Loading />}>{children}</Suspense>
          </Boundary>
        </main>
      </div>
    </div>
  );
}

function Who({ session }: { readonly session: Session }) {
  const leave = async (): Promise<void> => {
    await signOut();
    client.setQueryData(sessionKey, null);
    await renewSession();
  };
  return (
    <div className="who">
      <div>
        <span className="name">{session.name}</span>
        <span className="quiet">
          {session.access === 'full' ? 'Full access' : 'Read only'} · v{session.version}
        </span>
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void leave()}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
