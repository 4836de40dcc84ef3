import {
  sandboxStripeKey,
  startStripeSandbox,
  type StripeSandbox,
  type StripeSandboxOptions,
} from '../../sandbox/stripe.ts';
import {
  sandboxRootKey,
  startUnkeySandbox,
  type UnkeySandbox,
  type UnkeySandboxOptions,
} from '../../sandbox/unkey.ts';

export interface StandIns {
  readonly stripe: StripeSandbox;
  readonly unkey: UnkeySandbox;
  /** What a Planwire that runs against them has in its environment. */
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Both or neither: one that stayed up alone would keep the process from ending. */
export async function startStandIns(options: {
  readonly stripe: StripeSandboxOptions & { readonly webhookSecret: string };
  readonly unkey: UnkeySandboxOptions;
}): Promise<StandIns> {
  const stripe = await startStripeSandbox(options.stripe);
  const unkey = await startUnkeySandbox(options.unkey).catch(async (cause: unknown) => {
    await stripe.close();
    throw cause;
  });
  return {
    stripe,
    unkey,
    settings: {
      STRIPE_WEBHOOK_SECRET: options.stripe.webhookSecret,
      STRIPE_SECRET_KEY: sandboxStripeKey,
      STRIPE_API_BASE_URL: stripe.url,
      UNKEY_ROOT_KEY: sandboxRootKey,
      UNKEY_API_BASE_URL: unkey.url,
    },
    async close() {
      await Promise.all([stripe.close(), unkey.close()]);
    },
  };
}
