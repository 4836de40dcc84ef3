const whole = new Intl.NumberFormat('en-GB');

export function number(value: number): string {
  return whole.format(value);
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
