import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Button } from './button.tsx';

/** The browser's own dialog: it keeps the focus within, and Escape closes it. */
export function Dialog(props: {
  readonly title: string;
  readonly close: () => void;
  readonly look?: string;
  readonly children: ReactNode;
}) {
  const { title, close, look = '', children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open !== false) return;
    dialog.current.showModal();
    // What is opened to be read begins at its top, not at its first link.
    if (look === 'drawer') heading.current?.focus();
  }, [look]);
  return (
    <dialog ref={dialog} className={`dialog ${look}`} aria-labelledby={id} onClose={close}>
      <div>
        <h2 ref={heading} id={id} tabIndex={look === 'drawer' ? -1 : undefined}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}

/** What cannot be taken back asks for a word that one does not type by mistake. */
export function TypedConfirmation(props: {
  readonly title: string;
  readonly word: string;
  readonly act: string;
  readonly busy: boolean;
  readonly confirm: () => void;
  readonly close: () => void;
  readonly children: ReactNode;
}) {
  const { title, word, act, busy, confirm, close, children } = props;
  const [typed, setTyped] = useState('');
  const fits = typed.trim().toLowerCase() === word;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (fits && !busy) confirm();
  };
  return (
    <Dialog title={title} close={close}>
      {children}
      <form className="confirm" onSubmit={submit}>
        <label className="field">
          <span>
            Type <b>{word}</b> to go on
          </span>
          <input
            className="input"
            autoFocus
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <div className="actions">
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!fits || busy}>
            {act}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
