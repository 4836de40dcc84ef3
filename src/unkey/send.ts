/** One POST on its way, over whatever takes it there. */

interface Letter {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of an answer that has more nothing is kept, and the rest is never read. */
  readonly mostBytes: number;
}

interface Sent {
  readonly status: number;
  /** '' of an answer that is larger than any can be. */
  readonly text: string;
  readonly header: (name: string) => string | null;
}

/** `cancel` ends what is under way; the answer may then never come. Redirects are answers like any other. */
export type Send = (letter: Letter) => { readonly answer: Promise<Sent>; readonly cancel: () => void };
