import { safeOutput } from './printable.ts';

const originals = new WeakMap<object, NodeJS.WritableStream>();

/** The same stream, whose texts pass through the one gate at the exit of the command line. */
export function safeStream<Stream extends NodeJS.WritableStream>(stream: Stream): Stream {
  const write = (chunk: unknown, ...rest: unknown[]): boolean =>
    (stream.write as (...given: unknown[]) => boolean).call(
      stream,
      typeof chunk === 'string' ? safeOutput(chunk) : chunk,
      ...rest,
    );
  const safe = Object.create(stream, { write: { value: write } }) as Stream;
  originals.set(safe, stream);
  return safe;
}

/** For what draws with the cursor itself: a progress bar, a watch. Only texts of our own may go there. */
export function drawingStream(stream: NodeJS.WritableStream): NodeJS.WritableStream {
  return originals.get(stream) ?? stream;
}
