import { useEffect, useState, type FormEvent } from 'react';
import { signIn } from '../api/call.ts';
import { renewSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { Note } from '../parts/states.tsx';

/** The code of a one-time link. It stands behind the #, and is taken out of the address before anything else. */
function takeCode(): string | null {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code');
  if (code !== null) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return code;
}

const code = takeCode();

export function SignIn() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(code !== null);
  const enter = async (proof: Parameters<typeof signIn>[0]): Promise<void> => {
    setBusy(true);
    try {
      await signIn(proof);
      await renewSession();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'Signing in failed.');
      setBusy(false);
    }
  };
  useEffect(() => {
    redeemOnce(enter);
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void enter({ token: token.trim() });
  };
  return (
    <main className="gate">
      <form className="gate-card" onSubmit={submit}>
        <img src="/dashboard/icon.svg" alt="" />
        <div>
          <h1>Sign in to Planwire</h1>
          <p>With the value of ADMIN_TOKEN, or a token of your own.</p>
        </div>
        {problem === '' ? null : (
          <Note tone="bad" title="That did not work">
            {problem}
          </Note>
        )}
        <label className="field">
          Token
          <input
            className="input"
            type="password"
            autoComplete="current-password"
            autoFocus
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}

let redeemed = false;

/** React may mount a view twice, and a code is good once. */
function redeemOnce(enter: (proof: { readonly code: string }) => Promise<void>): void {
  if (code === null || redeemed) return;
  redeemed = true;
  void enter({ code });
}
