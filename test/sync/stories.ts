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
  /** Stripe's search, which mostly is late, finds what changed. */
  readonly searched?: true;
}

/** A story in which something else happens in Stripe while a sync runs, and is told at once. */
export interface Turn extends Story {
  readonly meanwhile: Readonly<Record<string, StripeCustomer>>;
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
    name: 'one moves to what a customer has who moved as well, and of whom nobody tells, nor can anybody decide',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: unmapped('w') },
    told: ['a'],
  },
  {
    name: 'one stops paying for what another pays for by now, of whom nobody tells',
    before: { a: team('u') },
    after: { a: nothing('v'), b: scale('u') },
    told: ['a'],
    searched: true,
  },
  {
    name: 'one of two who swap is told of late',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('u') },
    told: ['a'],
  },
];

export const turns: readonly Turn[] = [
  {
    name: 'a customer changes its plan, and changes it again meanwhile',
    before: { a: team('u') },
    after: { a: scale('u') },
    meanwhile: { a: nothing('u') },
  },
  {
    name: 'a customer moves, and returns meanwhile',
    before: { a: team('u') },
    after: { a: team('v') },
    meanwhile: { a: scale('u') },
  },
  {
    name: 'a customer moves, and another pays meanwhile for what it leaves',
    before: { a: team('u'), b: nothing('u') },
    after: { a: team('v') },
    meanwhile: { b: scale('u') },
  },
  {
    name: 'a customer changes its plan, and meanwhile moves away from what another pays for now',
    before: { a: team('u'), b: nothing('v') },
    after: { a: scale('u') },
    meanwhile: { a: scale('w'), b: team('u') },
  },
  {
    name: 'a customer stops paying, and another begins meanwhile',
    before: { a: team('u'), b: nothing('u') },
    after: { a: nothing('u') },
    meanwhile: { b: scale('u') },
  },
  {
    name: 'two swap, and one of them returns meanwhile',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('u') },
    meanwhile: { b: scale('v') },
  },
  {
    name: 'one moves to what another left untold, and that one returns meanwhile',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v'), b: scale('w') },
    told: ['a'],
    meanwhile: { b: scale('v') },
  },
  {
    name: 'one moves into a conflict that ends meanwhile',
    before: { a: team('u'), b: scale('v') },
    after: { a: team('v') },
    meanwhile: { b: nothing('v') },
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

/**
 * Everything changes in Stripe at once, and Stripe tells of it: those events are acknowledged. Answers the customers
 * that were told of.
 */
export async function begin(world: World, story: Story): Promise<readonly string[]> {
  world.searchIsLate = story.searched !== true;
  return happen(world, story.after, story.told);
}

export async function happen(
  world: World,
  changed: Story['after'],
  told: readonly string[] = Object.keys(changed),
): Promise<readonly string[]> {
  for (const [id, customer] of Object.entries(changed)) world.stripe.set(id, customer);
  for (const id of told) await startProcess(world).hear(id);
  return told;
}
