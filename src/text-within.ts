/** The body of what fetch answered; '' of one that has more bytes, of which nothing is kept and the rest is never read. */
export async function textWithin(mostBytes: number, response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) return '';
    chunks.push(chunk);
  }
  return decode(chunks);
}

export function decode(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}
