/** `a`, `a and b`, `a, b and c`; long lists are cut: an explanation is read by people. */
export function listed(words: readonly string[], most = 5): string {
  const shown = words.slice(0, most);
  if (words.length > most) return `${shown.join(', ')} and ${words.length - most} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** Chooses by number: `counted(ids, 'Item', 'Items')` is `Items si_1 and si_2`. */
export function counted(words: readonly string[], one: string, many: string): string {
  return `${words.length === 1 ? one : many} ${listed(words)}`;
}

/** Why the plan file cannot decide. */
export interface Refused {
  readonly code: string;
  readonly detail: string;
}
