import { planwire } from '../../../planwire.js';

/** Node, not Edge: the store is reached over TCP. */
export const runtime = 'nodejs';

export const POST = async (request: Request): Promise<Response> => {
  // Deliveries alone: a worker elsewhere works them off. The first one starts it, the others find it started.
  await planwire.start({ workers: false });
  return planwire.fetchHandler(request);
};
