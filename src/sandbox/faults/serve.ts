import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerJson, pathOf, readJson, refuse } from '../http.ts';
import { FaultRefused } from './fault.ts';
import type { Effect, Faults } from './faults.ts';

/** Waits out the latency; then answers or cuts where that is the effect. True: the call is dealt with. */
export async function applyBefore(
  response: ServerResponse,
  effect: Effect | null,
  usualBody: (status: number) => unknown,
): Promise<boolean> {
  if (effect === null) return false;
  if (effect.latencyMs > 0) await sleep(effect.latencyMs);
  if (effect.cut === 'before') {
    response.destroy();
    return true;
  }
  if (effect.status === null) return false;
  if (effect.content !== null && 'html' in effect.content) {
    response.writeHead(effect.status, { 'content-type': 'text/html; charset=utf-8', ...effect.headers });
    response.end(effect.content.html);
  } else {
    const body = effect.content === null ? usualBody(effect.status) : effect.content.json;
    answerJson(response, effect.status, body, effect.headers);
  }
  return true;
}

/** The `/_faults` routes. False: the path is not theirs and nothing was done. */
export async function serveFaults(
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, root, id, ...rest] = pathOf(request).split('/');
  if (root !== '_faults' || rest.length > 0) return false;
  if (request.method === 'GET' && id === undefined) {
    answerJson(response, 200, { faults: faults.list() });
  } else if (request.method === 'DELETE') {
    const removed = faults.clear(id);
    if (removed || id === undefined) answerJson(response, 200, { faults: faults.list() });
    else refuse(response, 404, `There is no fault ${id}; GET /_faults lists them.`);
  } else if (request.method === 'POST' && id === undefined) {
    const body = await readJson(request);
    if (!body.ok) {
      refuse(response, 400, body.message);
      return true;
    }
    try {
      answerJson(response, 201, { faults: faults.add(body.value) });
    } catch (error) {
      if (!(error instanceof FaultRefused)) throw error;
      refuse(response, 400, error.message);
    }
  } else {
    refuse(response, 405, 'Faults take POST, GET and DELETE /_faults and DELETE /_faults/ID.');
  }
  return true;
}
