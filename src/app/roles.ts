/** Which parts of Planwire a process runs. */
export interface Roles {
  readonly http: boolean;
  readonly workers: boolean;
  /** Deliveries come through the server of whoever embeds it. */
  readonly mounted?: boolean;
}
