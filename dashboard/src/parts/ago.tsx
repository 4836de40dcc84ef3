import { exact, relative } from '../text/time.ts';
import { useNow } from './now.tsx';

/** A time as one thinks of it, with the exact one on hover. */
export function Ago({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exact(at)} className="number">
      {relative(at, now)}
    </time>
  );
}
