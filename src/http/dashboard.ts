import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { refuse } from './answer.ts';

/** Where `npm run build` puts the page, seen from the sources and from what is built of them. */
const builtPage = import.meta.url.endsWith('.ts') ? '../../dist/dashboard/' : '../../dashboard/';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
};

/** The page runs its own files, talks to where it came from, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

interface BuiltFile {
  readonly type: string;
  readonly plain: Buffer;
  /** Made when first asked for; a page is small and seldom loaded. */
  readonly encoded: Map<string, Promise<Buffer>>;
}

const encoders: Readonly<Record<string, (plain: Buffer) => Promise<Buffer>>> = {
  br: (plain) => promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (plain) => promisify(gzip)(plain, { level: 9 }),
};

/** The page's own addresses that end in an id: those of customers are whatever their account chose, `shop.js` too. */
const endsInId = /^(?:customers|outcomes|runs)\/[^/]+$/;

/**
 * The operator's page under `/dashboard`. It is the same for everybody and holds no data, so it is served without a
 * token; what it shows comes from the admin API. Every address that names no file is the page: it reads its own address.
 */
export function dashboard(): Router {
  const files = read(new URL(builtPage, import.meta.url));
  const router = Router({ strict: true });
  router.get('/dashboard', (_req, res) => res.redirect(308, '/dashboard/'));
  router.get('/dashboard/{*path}', pageOf(files));
  return router;
}

function pageOf(files: ReadonlyMap<string, BuiltFile>): RequestHandler {
  return async (req, res) => {
    const path = req.path.slice('/dashboard/'.length);
    const asset = path.startsWith('assets/');
    const namesFile = asset || (/\.[^/]*$/.test(path) && !endsInId.test(path));
    const file = files.get(namesFile ? path : 'index.html');
    if (file !== undefined) await serve(file, asset, req, res);
    else if (files.size > 0) refuse(res, 404, 'not_found', 'There is no such file; reload the page.');
    else refuse(res, 404, 'not_built', 'The dashboard is not built here: npm run build does it.');
  };
}

async function serve(file: BuiltFile, asset: boolean, req: Request, res: Response): Promise<void> {
  const encoding = req.acceptsEncodings('br', 'gzip', 'identity');
  const encode = encoding === false ? undefined : encoders[encoding];
  const body = encode === undefined || encoding === false ? file.plain : await once(file, encoding, encode);
  res.set({
    'content-type': file.type,
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    // The names of assets change with their content; the page that names them must always be the newest.
    'cache-control': asset ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(encode && encoding !== false && { 'content-encoding': encoding }),
  });
  res.end(body);
}

function once(
  file: BuiltFile,
  encoding: string,
  encode: (plain: Buffer) => Promise<Buffer>,
): Promise<Buffer> {
  const known = file.encoded.get(encoding) ?? encode(file.plain);
  file.encoded.set(encoding, known);
  return known;
}

/** By path below the folder; nothing where there is no such folder. */
function read(folder: URL): ReadonlyMap<string, BuiltFile> {
  const entries = filesIn(folder).map((path): [string, BuiltFile] => {
    const type = types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return [path, { type, plain: readFileSync(new URL(path, folder)), encoded: new Map() }];
  });
  return new Map(entries);
}

function filesIn(folder: URL): readonly string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    const root = fileURLToPath(folder);
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length).replace(/^\//, ''));
  } catch {
    return [];
  }
}
