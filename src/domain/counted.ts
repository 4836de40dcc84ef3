/** `1 customer`, `2,000 customers`. */
export function counted(number: number, word: string, words = `${word}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? word : words}`;
}
