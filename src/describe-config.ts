import type { Config } from './config.ts';

/** What the start-up line says: everything that is on, secrets only as configured. */
export function describeConfig(config: Config): Record<string, unknown> {
  return {
    stripe: {
      webhookSecret: { configured: true, count: config.stripe.webhookSecrets.length },
      secretKey: { configured: true },
      mode: config.stripe.secretKey.includes('_live_') ? 'live' : 'test',
      apiBaseUrl: config.stripe.apiBaseUrl,
      ...(config.stripe.accounts.length === 0 ? {} : { accounts: config.stripe.accounts }),
    },
    unkey: { rootKey: { configured: true }, apiBaseUrl: config.unkey.apiBaseUrl },
    store: describeStore(config),
    plansFile: config.plansFile,
    adminTokens: config.adminTokens.map(({ name, access }) => ({ name, access })),
    http: config.http,
    workerPort: config.workerPort,
    log: config.log,
    sync: config.sync,
    reconcile: config.reconcile,
    catchUp: config.catchUp,
    notify: describeNotify(config),
    outcomeRetentionDays: config.retentionMs / 86_400_000,
    tracing: describeTracing(config),
  };
}

/** Every text in the settings that must not turn up anywhere else. */
export function secretsOf({ stripe, unkey, store, adminTokens, notify, tracing }: Config): readonly string[] {
  const addresses = [store.redisUrl, store.databaseUrl].filter((address) => address !== null);
  const passwords = addresses.flatMap((address) =>
    Array.from(address.matchAll(/:\/\/[^@/\s]*?:([^@/\s]+)@/g), ([, password = '']) => [
      password,
      decoded(password),
    ]).flat(),
  );
  return [
    ...stripe.webhookSecrets,
    stripe.secretKey,
    unkey.rootKey,
    ...adminTokens.map(({ token }) => token),
    ...passwords,
    // Whoever knows the address of a webhook of Slack may post there.
    ...(notify === null ? [] : [notify.url]),
    ...(notify?.secret == null ? [] : [notify.secret]),
    ...Object.values(tracing?.headers ?? {}),
  ];
}

function describeTracing({ tracing }: Config): Record<string, unknown> {
  if (tracing === null) return { configured: false };
  const { serviceName, ratio, headers } = tracing;
  return { url: { configured: true }, serviceName, ratio, headers: Object.keys(headers) };
}

function describeNotify({ notify }: Config): Record<string, unknown> {
  if (notify === null) return { configured: false };
  return { url: { configured: true }, signed: notify.secret !== null, format: notify.format };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Addresses of stores carry passwords: only the kind is said. */
function describeStore({ store }: Config): Record<string, unknown> {
  if (store.redisUrl !== null) return { kind: 'redis', url: { configured: true }, prefix: store.prefix };
  if (store.databaseUrl !== null)
    return { kind: 'postgres', url: { configured: true }, prefix: store.prefix };
  return { kind: 'embedded', dataDir: store.dataDir, prefix: store.prefix };
}
