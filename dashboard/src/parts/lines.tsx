export function Lines({ of }: { readonly of: readonly string[] }) {
  return (
    <ul className="lines">
      {of.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
