import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { useMayAct } from '../api/session.ts';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly small?: boolean;
  readonly children: ReactNode;
}

export function Button({ kind = 'plain', small = false, className = '', ...rest }: ButtonProps) {
  const look = `button button-${kind} ${small ? 'button-small' : ''} ${className}`;
  return <button type="button" {...rest} className={look.trim()} />;
}

/** A button that changes something. A session that may only look keeps it, and learns why it does nothing. */
export function ActButton({ onClick, disabled = false, ...rest }: ButtonProps) {
  const mayAct = useMayAct();
  if (mayAct) return <Button {...rest} disabled={disabled} onClick={onClick} />;
  return <Button {...rest} aria-disabled="true" title="Your token may look and change nothing" />;
}
