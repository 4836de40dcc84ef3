/** What is asked for needs a setting that is not there; the message names it. */
export class NotSetUp extends Error {
  override readonly name = 'NotSetUp';
}
