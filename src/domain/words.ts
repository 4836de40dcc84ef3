/** `a`, `a and b`, `a, b and c`; long lists are cut, since people read them. */
export function listed(words: readonly string[], most = 5): string {
  const shown = words.slice(0, most);
  if (words.length > most) return `${shown.join(', ')} and ${words.length - most} more`;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

/** Chooses by number: `named(ids, 'Item', 'Items')` is `Items si_1 and si_2`. */
export function named(words: readonly string[], one: string, many: string): string {
  return `${words.length === 1 ? one : many} ${listed(words)}`;
}

/** As a sentence begins. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** `1 customer`, `2,000 customers`. */
export function counted(number: number, word: string, words = `${word}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? word : words}`;
}
