import { checksOf, type Check } from './check.ts';

const { ok, warn, fail } = checksOf('planwire');

/** What `/readyz` says of one part. */
interface Part {
  readonly ok: boolean;
  readonly detail?: string | undefined;
}

/** Of the one process that has the embedded store. `parts`: null where it does not answer. */
export function runningChecks(
  store: string,
  address: string,
  parts: Readonly<Record<string, Part>> | null,
): readonly Check[] {
  const inUse = ok('store', `${store}, which serves itself.`);
  if (parts === null) {
    return [
      inUse,
      warn(
        'running',
        `That process does not answer at ${address}.`,
        'Give doctor the HOST, PORT and ADMIN_PORT that the process has; a command that is at work there ends by itself.',
      ),
    ];
  }
  const wrong = Object.entries(parts).filter(([, part]) => !part.ok);
  if (wrong.length === 0) return [inUse, ok('running', `It is ready, says ${address}/readyz.`)];
  return [inUse, ...wrong.map(([name, { detail }]) => wrongPart(name, detail))];
}

function wrongPart(name: string, detail = 'It does not say why.'): Check {
  return fail(
    `running.${name}`,
    `The running Planwire says of ${name}: ${detail}`,
    'Do what it says; after a change of settings or of the plan file, restart it.',
  );
}
