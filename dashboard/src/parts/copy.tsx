import { useState } from 'react';
import { announce } from './announce.tsx';
import { Icon } from './icon.tsx';

export async function copyText(text: string, what: string): Promise<void> {
  await navigator.clipboard.writeText(text).then(
    () => announce(`Copied ${what}`),
    () => announce('The browser does not allow copying here'),
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await copyText(text, what);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button type="button" className="icon-button" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'copy'} size={14} />
    </button>
  );
}
