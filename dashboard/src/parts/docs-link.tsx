import { Icon } from './icon.tsx';

/** Unkey's own link comes from outside: only an address of the web becomes one here. */
export function DocsLink({ docs }: { readonly docs: string | null }) {
  if (docs === null || !docs.startsWith('https://')) return null;
  return (
    <>
      {' '}
      <a href={docs} target="_blank" rel="noreferrer noopener">
        What Unkey says of it <Icon name="out" size={12} />
      </a>
    </>
  );
}
