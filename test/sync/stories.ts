import { rest } from './rest.ts';
import { startProcess } from './process.ts';
import { createWorld, type StripeCustomer, type World } from './world.ts';

/** Something that happens in Stripe to customers who are in step, and of whom Stripe tells in that order. */
export interface Story {
  readonly name: string;
  readonly before: Readonly<Record<string, StripeCustomer>>;
  readonly after: Readonly<Record<string, StripeCustomer>>;
  /** The customers whose events arrive, in that order; by default those of `after`. */
  readonly told?: readonly string[];
  readonly guard?: { readonly customers: number; readonly windowMs: number };
}

const team = (leads: string): StripeCustomer => ({ leads, price: 'team' });
const scale = (leads: string): StripeCustomer => ({ leads, price: 'scale' });
const nothing = (leads: string): StripeCustomer => ({ leads, price: null });
const unmapped = (leads: string): StripeCustomer => ({ leads, price: 'unmapped' });

export const stories: readonly Story[] = [
  { name: 'a new customer subscribes', before: {}, after: { a: team('u') } },
  { name: 'a customer changes its plan', before: { a: team('u') }, after: { a: scale('u') } },
  { name: 'a customer stops paying', before: { a: team('u') }, after: { a: nothing('u') } },
  { name: 'a customer moves', before: { a: team('u') }, after: { a: team('v') } },
  { name: 'a customer moves and stops paying', before: { a: team('u') }, after: { a: nothing('v') } },
  {
    name: 'two who pay swap',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('u') },
  },
  {
    name: 'three who pay rotate',
    before: { a: team('u'), b: scale('v'), c: team('w') },
    after: { a: team('v'), b: scale('w'), c: team('u') },
  },
  {
    name: 'one moves away into a conflict, and nobody leads to what it left',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v') },
  },
  {
    name: 'one moves away into a conflict, and another pays for what it left',
    before: { a: team('u'), b: scale('v'), c: nothing('u') },
    after: { a: team('v'), c: scale('u') },
  },
  {
    name: 'one who was refused its identity has it once the holder moves away',
    before: { a: team('u'), b: scale('u') },
    after: { a: team('v') },
  },
  {
    name: 'one who was refused its identity has it once the holder stops paying',
    before: { a: team('u'), b: scale('u') },
    after: { a: nothing('u') },
  },
  {
    name: 'one who does not pay has its identity back once the payer moves away',
    before: { b: nothing('u'), a: team('u') },
    after: { a: team('v') },
  },
  {
    name: 'one who pays takes over while the other stops and moves away',
    before: { a: team('u'), b: nothing('u') },
    after: { a: nothing('v'), b: scale('u') },
  },
  {
    name: 'a customer returns from a conflict',
    before: { a: team('v'), b: scale('v') },
    after: { b: scale('u') },
  },
  {
    name: 'two who pay meet on a new identity',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('w'), b: scale('w') },
  },
  {
    name: 'one moves to what the other leaves in the same moment',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('w') },
  },
  {
    name: 'one moves to what a customer has who cannot be decided about, and that one moves too',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: unmapped('w') },
  },
  {
    name: 'one of two who swap is told of late',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('u') },
    told: ['a'],
  },
];

/** The world as it is before the story, at rest. */
export async function worldBefore(story: Story): Promise<World> {
  const world = createWorld();
  for (const [id, customer] of Object.entries(story.before)) {
    world.stripe.set(id, customer);
    await startProcess(world).hear(id);
    await rest(world);
  }
  world.writes.length = 0;
  return world;
}

/** Everything changes in Stripe at once; what Stripe tells is still to be heard. */
export function change(world: World, story: Story): readonly string[] {
  for (const [id, customer] of Object.entries(story.after)) world.stripe.set(id, customer);
  return story.told ?? Object.keys(story.after);
}
