import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig, settingNames } from '../../src/config.ts';
import { parseDockerfile } from '../support/dockerfile.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const version = (JSON.parse(read('package.json')) as { version: string }).version;

/** Stand-ins for what the platform is told as a secret. */
const secrets = {
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
  STRIPE_SECRET_KEY: 'rk_live_x',
  UNKEY_ROOT_KEY: 'unkey_x',
  ADMIN_TOKEN: 'a token of 16 characters',
};

function configOf(env: Readonly<Record<string, string>>) {
  expect(Object.keys(env).filter((name) => !settingNames.includes(name))).toEqual([]);
  const parsed = parseConfig({ ...secrets, ...env }, { isTTY: false });
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  return parsed.config;
}

const embedded = { redisUrl: null, databaseUrl: null, dataDir: '/data' };

describe('fly.toml', () => {
  const Fly = z.object({
    env: z.record(z.string(), z.string()),
    kill_signal: z.string(),
    kill_timeout: z.string(),
    files: z.array(z.object({ guest_path: z.string() })),
    mounts: z.array(z.object({ destination: z.string() })),
    http_service: z.object({
      internal_port: z.number(),
      auto_stop_machines: z.boolean(),
      checks: z.array(z.object({ path: z.string() })),
    }),
    metrics: z.object({ port: z.number(), path: z.string() }),
  });
  const fly = Fly.parse(parseToml(read('deploy/fly.toml')));
  const config = configOf(fly.env);

  it('runs on the embedded store, in the volume', () => {
    expect(config.store).toMatchObject(embedded);
    expect(fly.mounts.map(({ destination }) => destination)).toEqual(['/data']);
  });

  it('puts the plan file where it is looked for', () => {
    expect(fly.files.map((file) => file.guest_path)).toEqual([config.plansFile]);
  });

  it('asks the port on which Planwire listens', () => {
    expect(fly.http_service.internal_port).toBe(config.http.port);
    expect(fly.metrics).toEqual({ port: config.http.port, path: '/metrics' });
    expect(fly.http_service.checks.map(({ path }) => path)).toEqual(['/readyz']);
  });

  it('lets running syncs finish, and never stops an idle machine', () => {
    expect([fly.kill_signal, fly.kill_timeout]).toEqual(['SIGTERM', '30s']);
    expect(fly.http_service.auto_stop_machines).toBe(false);
  });
});

describe('render.yaml', () => {
  interface Render {
    readonly services: readonly {
      readonly dockerfilePath: string;
      readonly numInstances: number;
      readonly disk: { readonly mountPath: string };
      readonly healthCheckPath: string;
      readonly envVars: readonly { readonly key: string; readonly value?: string; readonly sync?: boolean }[];
    }[];
  }
  const { services } = parse(read('deploy/render.yaml')) as Render;
  const [service] = services;
  const variables = service?.envVars ?? [];
  const values = variables.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const]));

  it('is one process on the embedded store, on the disk', () => {
    expect(services).toHaveLength(1);
    expect(service).toMatchObject({ numInstances: 1, disk: { mountPath: '/data' } });
    expect(configOf(Object.fromEntries(values)).store).toMatchObject(embedded);
    expect(existsSync(join(root, service?.dockerfilePath ?? ''))).toBe(true);
  });

  it('names every required setting, and holds no secret', () => {
    const open = variables.filter(({ value }) => value === undefined).map(({ key }) => key);
    expect(open.toSorted()).toEqual(Object.keys(secrets).toSorted());
    expect(open.filter((name) => !settingNames.includes(name))).toEqual([]);
  });
});

describe('railway.json', () => {
  interface Railway {
    readonly build: { readonly builder: string; readonly dockerfilePath: string };
    readonly deploy: Readonly<Record<string, unknown>>;
  }
  const { build, deploy } = JSON.parse(read('deploy/railway.json')) as Railway;
  const [stage] = parseDockerfile(read(join('deploy', build.dockerfilePath)));

  it('is one process with a volume where the image keeps its data', () => {
    expect(deploy).toMatchObject({ numReplicas: 1, requiredMountPath: '/data', overlapSeconds: 0 });
    expect(read('Dockerfile')).toContain('DATA_DIR=/data');
  });

  it('builds on the image of this version, with the plan file where that looks for it, and declares no VOLUME', () => {
    expect(stage?.base).toMatch(new RegExp(`/planwire:v${version}$`));
    expect(stage?.instructions.map(({ name, text }) => `${name} ${text}`)).toEqual([
      'COPY plans.yaml /etc/planwire/plans.yaml',
      'USER root',
    ]);
    expect(read('Dockerfile')).toContain('PLANS_FILE=/etc/planwire/plans.yaml');
  });
});
