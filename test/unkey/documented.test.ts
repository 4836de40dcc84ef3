import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { createUnkeyClient } from '../../src/unkey/index.ts';
import { runCommand } from '../support/api-command.ts';
import { rawCall, unkeyAndClient } from '../support/unkey-sandbox.ts';

/** Unkey's published examples of changing an identity, run as they are written there. */

const documentedLimit = {
  id: 'rl_5678efgh',
  name: 'requests',
  limit: 1000,
  duration: 3_600_000,
  autoApply: true,
};

async function documented() {
  const both = await unkeyAndClient();
  both.sandbox.putIdentity({ id: 'id_1234abcd', externalId: 'user_123', ratelimits: [documentedLimit] });
  return both;
}

/** In a shell, with `unkey` standing for this project's command line. */
async function inShell(line: string, env: Record<string, string>) {
  const script = `unkey() { "$NODE" dist/src/main.js "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...env, NODE: process.execPath },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code: code as number };
}

describe('the documentation of the command line', () => {
  const example = `unkey api identities update-identity --identity=user_123 --meta-json='{"plan":"premium","name":"Alice Smith"}'`;
  const identity = {
    id: 'id_1234abcd',
    externalId: 'user_123',
    meta: { plan: 'premium', name: 'Alice Smith' },
    ratelimits: [documentedLimit],
  };

  it('shows a metadata update with request id, latency and the identity', async () => {
    const { sandbox } = await documented();
    const env = { UNKEY_ROOT_KEY: sandboxRootKey, UNKEY_API_BASE_URL: sandbox.url };
    const { stdout, code } = await inShell(example, env);
    const [, head, body] = /^(.+)\n\n([^]+)$/.exec(stdout) ?? [];
    expect(head).toMatch(/^req_\w+ \(took \d+ms\)$/);
    expect(JSON.parse(body ?? '')).toEqual(identity);
    expect(code).toBe(0);
    expect(sandbox.identity('user_123')?.meta).toEqual(identity.meta);
  });

  it('shows the envelope that --output=json prints', async () => {
    const { sandbox } = await documented();
    const env = { UNKEY_ROOT_KEY: sandboxRootKey, UNKEY_API_BASE_URL: sandbox.url };
    const { stdout } = await inShell(`${example} --output=json`, env);
    const requestId = sandbox.requests()[0]?.requestId;
    expect(JSON.parse(stdout)).toEqual({ meta: { requestId }, data: identity });
  });
});

describe('the documentation of the HTTP endpoint', () => {
  const body = {
    identity: 'user_123',
    meta: { email: 'alice@example.com', name: 'Alice Smith', plan: 'premium' },
  };
  const data = { id: 'id_1234abcd', externalId: 'user_123', meta: body.meta, ratelimits: [documentedLimit] };

  it('shows POST /v2/identities.updateIdentity, which the stand-in answers as documented', async () => {
    const { sandbox } = await documented();
    const { status, json } = await rawCall(sandbox.url, 'identities.updateIdentity', body);
    expect(status).toBe(200);
    expect(json).toEqual({ data, meta: { requestId: expect.stringMatching(/^req_/) } });
  });

  it('shows the call in an SDK, which this client takes with the same names', async () => {
    const { sandbox, client } = await documented();
    const answer = await client.updateIdentity(body);
    expect(answer).toMatchObject({ ok: true, data, meta: { requestId: sandbox.requests()[0]?.requestId } });
    expect(sandbox.requests()[0]?.body).toEqual(body);
  });
});

describe('the documentation of the older SDK', () => {
  it('shows identities.update with a result', async () => {
    const { sandbox, client: unkey } = await unkeyAndClient();
    sandbox.putIdentity({
      id: 'id_1234',
      externalId: 'user_123',
      meta: { stripeSubscriptionId: 'sub_1234' },
    });

    const { result, error } = await unkey.identities.update({
      externalId: 'user_123',
      ratelimits: [
        {
          name: 'tokens',
          limit: 10,
          duration: 1000,
        },
      ],
    });

    expect(error).toBeUndefined();
    expect(result).toEqual({
      id: 'id_1234',
      externalId: 'user_123',
      meta: { stripeSubscriptionId: 'sub_1234' },
      ratelimits: [{ name: 'tokens', limit: 10, duration: 1000 }],
    });
  });

  it('shows an error with a message and a link to the documentation', async () => {
    const { sandbox } = await documented();
    const unkey = createUnkeyClient({ rootKey: 'unkey_nobodys', baseUrl: sandbox.url });

    const { result, error } = await unkey.identities.update({
      externalId: 'user_123',
      ratelimits: [{ name: 'tokens', limit: 10, duration: 1000 }],
    });

    expect(result).toBeUndefined();
    expect(error?.message).toContain('root key is invalid');
    expect(error?.docs).toBe('https://unkey.com/docs/errors/unkey/authentication/key_not_found');
  });
});

describe('the published schema', () => {
  it('has examples that the printed schema describes and the client sends', async () => {
    const example = {
      identity: 'user_123',
      meta: { name: 'Alice Smith', email: 'alice@example.com', plan: 'premium' },
      ratelimits: [{ name: 'requests', limit: 1000, duration: 3_600_000, autoApply: true }],
    };
    const printed = JSON.parse((await runCommand(['schema', 'update-identity'])).stdout) as {
      properties: object;
      additionalProperties: boolean;
      required: string[];
    };
    expect(Object.keys(printed.properties)).toEqual(Object.keys(example));
    expect(printed).toMatchObject({ additionalProperties: false, required: ['identity'] });

    const { sandbox, client } = await documented();
    expect(await client.updateIdentity(example)).toMatchObject({ ok: true, data: { meta: example.meta } });
    expect(sandbox.requests()[0]?.body).toEqual(example);
    expect(await client.updateIdentity({ ...example, extra: 1 } as never)).toMatchObject({ ok: false });
    expect(await client.updateIdentity({ meta: {} } as never)).toMatchObject({ ok: false });
  });
});
