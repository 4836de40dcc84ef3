import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

export type RawBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: 'too_large' | 'unreadable' | 'aborted' };

const decompress: Readonly<
  Record<string, (bytes: Buffer, bounds: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * The bytes of a body, decompressed, at most `limit` of them before and after. The webhook reads its own: body-parser
 * does the same at twice the price of all else that a delivery costs here.
 */
export async function rawBody(req: IncomingMessage, limit: number): Promise<RawBody> {
  const bytes = await received(req, limit);
  if (!Buffer.isBuffer(bytes)) return { ok: false, why: bytes };
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return { ok: true, bytes };
  const undo = decompress[encoding];
  if (!undo) return { ok: false, why: 'unreadable' };
  try {
    return { ok: true, bytes: await undo(bytes, { maxOutputLength: limit }) };
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return { ok: false, why: tooLarge ? 'too_large' : 'unreadable' };
  }
}

function received(req: IncomingMessage, limit: number): Promise<Buffer | 'too_large' | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      // A sender that is still talking does not hear an answer on a connection that is closed on it: the rest is
      // taken and dropped, up to a bound.
      if (length > 16 * limit) req.destroy();
      resolve('too_large');
    });
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    req.on('error', () => resolve('aborted'));
    req.on('close', () => resolve('aborted'));
  });
}
