import { useEffect, useRef, useState, type FormEvent } from 'react';
import { Icon } from '../parts/icon.tsx';
import { customerPath } from '../parts/id.tsx';
import { go } from '../router.tsx';
import { readSearch, type SearchTerm } from '../text/search-term.ts';
import { lookUpEmail } from '../views/find/email-in-mind.ts';
import { isTyping } from './typing.ts';

/** The one box: any id, an address of Stripe's or Unkey's pages, or an e-mail. `/` leads to it from anywhere. */
export function SearchBox() {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  const term = readSearch(text);
  const search = (event: FormEvent): void => {
    event.preventDefault();
    if (term.kind === 'nothing') return;
    look(term);
    setText('');
    input.current?.blur();
  };
  return (
    <form className="search" role="search" onSubmit={search}>
      <Icon name="search" />
      <input
        ref={input}
        className="input"
        type="search"
        aria-label="Find by any id, address or e-mail"
        placeholder="Any id, a Stripe or Unkey address, or an e-mail"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') input.current?.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {term.kind === 'nothing' ? null : <div className="search-hint">{hintOf(term)}</div>}
    </form>
  );
}

function look(term: Exclude<SearchTerm, { kind: 'nothing' }>): void {
  if (term.kind === 'customer') go(customerPath(term.id));
  else if (term.kind === 'email') lookUpEmail(term.email);
  else go(`/find?id=${encodeURIComponent(term.id)}`);
}

function hintOf(term: Exclude<SearchTerm, { kind: 'nothing' }>): string {
  if (term.kind === 'email') return '↵ Ask Stripe for the customers with this e-mail; it is kept nowhere';
  return term.kind === 'customer' ? `↵ Open customer ${term.id}` : `↵ Find ${term.what} ${term.id}`;
}
