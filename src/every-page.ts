interface AnyPage {
  readonly nextCursor: string | null;
}

/** The pages of a list, each read when it is asked for; a reader that has enough stops asking. */
export async function* everyPage<P extends AnyPage>(
  read: (cursor: string | null) => Promise<P>,
): AsyncGenerator<P, void, void> {
  let cursor: string | null = null;
  do {
    const page: P = await read(cursor);
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
