/** What a token lets its holder do: look, or look and act. */
export type Access = 'full' | 'read';

/** Who asks the admin API for something. */
export interface Caller {
  /** The name of the token; of no token where a command works on the store itself. */
  readonly name: string;
  readonly access: Access;
}

export interface AdminToken extends Caller {
  readonly token: string;
}
