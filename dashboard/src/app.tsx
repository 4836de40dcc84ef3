import { useEffect } from 'react';
import { useSession } from './api/session.ts';
import { Announcements } from './parts/announce.tsx';
import { Failed } from './parts/states.tsx';
import { usePlace } from './router.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { viewAt } from './views.tsx';

export function App() {
  const session = useSession();
  const place = usePlace();
  const view = viewAt(place);
  useEffect(() => {
    document.title = `${view.title} · Planwire`;
  }, [view.title]);
  if (session.data === undefined) {
    return session.error === null ? null : (
      <main className="gate">
        <Failed error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  return (
    <>
      {session.data === null ? <SignIn /> : <Shell session={session.data}>{view.element}</Shell>}
      <Announcements />
    </>
  );
}
