/** A profile as `node --cpu-prof` writes it; times are µs of the system's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

/**
 * Whose time a function's is: the first that fits its place. What belongs to Node itself counts for the package that
 * called it, where that is one of these.
 */
const owners: readonly (readonly [pattern: RegExp, group: string])[] = [
  [/node:internal\/crypto|\/node_modules\/stripe\/.*(Webhooks|CryptoProvider)/, 'signature, hashes'],
  [/\/node_modules\/(bullmq|ioredis|@ioredis|msgpackr|standard-as-callback)\//, 'BullMQ and ioredis'],
  [/\/node_modules\/stripe\//, 'Stripe’s SDK'],
  [/\/node_modules\/zod\//, 'zod'],
  [/\/node_modules\//, 'other packages'],
  [/undici|wasm:/, 'fetch'],
];

const planwire = 'Planwire';
const ofNode = 'Node: HTTP, sockets, streams, timers';

/** Self time between two moments by group and by function, µs. Idle time is left out. */
export function attribute(
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  from: number,
  to: number,
): { readonly groups: ReadonlyMap<string, number>; readonly functions: ReadonlyMap<string, number> } {
  const groupOf = groupsOf(nodes);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const groups = new Map<string, number>();
  const functions = new Map<string, number>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    // A sample stands for the time up to the next one.
    at += timeDeltas[index] ?? 0;
    const us = timeDeltas[index + 1] ?? 0;
    const node = byId.get(id);
    if (at < from || at > to || node === undefined || node.callFrame.functionName === '(idle)') continue;
    const group = groupOf.get(id) ?? ofNode;
    const name = nameOf(node);
    groups.set(group, (groups.get(group) ?? 0) + us);
    functions.set(name, (functions.get(name) ?? 0) + us);
  }
  return { groups, functions };
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '');
  return `${functionName || '(anonymous)'} ${place === '' ? '' : `${place}:${lineNumber + 1}`}`.trim();
}

function groupsOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const groups = new Map<number, string>();
  const visit = (id: number, above: string): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const group = groupOf(node, above);
    groups.set(id, group);
    for (const child of node.children ?? []) visit(child, group);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root.id, ofNode);
  return groups;
}

function groupOf({ callFrame: { functionName, url } }: ProfileNode, above: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'outside of JavaScript';
  if (functionName === 'parse' && url.endsWith('/stripe/verify.js')) return 'JSON of the event';
  const own = owners.find(([pattern]) => pattern.test(url))?.[1];
  if (own !== undefined) return own;
  if (url.startsWith('file:')) return planwire;
  // Node's own below a package is that package's; what Planwire asks of Node is Node's.
  return above === planwire && url.startsWith('node:') ? ofNode : above;
}
