import { memo } from 'react';
import { exact, relative } from '../text/time.ts';
import { useTimed } from './now.tsx';

/** A time as one thinks of it, with the exact one on hover. */
export const Ago = memo(function Ago({ at }: { readonly at: string }) {
  const text = useTimed((now) => relative(at, now));
  return (
    <time dateTime={at} title={exact(at)} className="number">
      {text}
    </time>
  );
});
