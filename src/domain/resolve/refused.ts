/** Why the plan file cannot decide. */
export interface Refused {
  readonly code: string;
  readonly detail: string;
}
