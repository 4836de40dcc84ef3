import { go } from '../../router.tsx';

/** The e-mail that is being looked up. It stays in this variable: not in the address, the history or a store. */
let email = '';

export function lookUpEmail(given: string): void {
  email = given;
  go(`/find?email=${Date.now().toString(36)}`);
}

export function emailInMind(): string {
  return email;
}
