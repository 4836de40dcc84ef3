import { namesIn, templateFaults } from './template.ts';
import { child, entriesOf, listOf, shown } from './finding.ts';
import type { Finding, Path } from './finding.ts';

/** Templates with unknown names, and metadata that Unkey would not keep as it is written. */
export function templateFindings(file: unknown): readonly Finding[] {
  const externalId = child(child(file, 'identity'), 'externalId');
  const path = ['identity', 'externalId'];
  const templates: readonly (readonly [Path, unknown])[] = Array.isArray(externalId)
    ? listOf(externalId).map((text, index) => [[...path, index], text] as const)
    : [[path, externalId]];
  return [
    ...templates.flatMap(([at, text]) => externalIdFindings(at, text)),
    ...entriesOf(child(file, 'plans')).flatMap(([plan, body]) =>
      entriesOf(child(body, 'meta')).flatMap(([key, value]) =>
        metaFindings(['plans', plan, 'meta', key], value),
      ),
    ),
  ];
}

/** Only what stays the same while a customer changes plans may name its identity. */
const steadyName = /^(account$|customer\.|subscription\.(id$|metadata\.)|checkout\.)/;

function externalIdFindings(path: Path, text: unknown): readonly Finding[] {
  if (typeof text !== 'string' || text === '') return [];
  const faults = templateFaults(text).map((fault) => ({ path, ...fault }));
  if (faults.length > 0) return faults;
  const names = namesIn(text);
  if (names.length === 0) {
    return [
      {
        path,
        message: `${shown(text)} is the same for every customer`,
        remedy: 'write a template such as "{{customer.metadata.user_id}}"',
      },
    ];
  }
  return names
    .filter((name) => !steadyName.test(name))
    .map((name) => ({
      path,
      message: `"${name}" can change with the plan, and the customer would move to another identity`,
      remedy: 'use customer, subscription.id, subscription.metadata or checkout.clientReferenceId',
    }));
}

function metaFindings(path: Path, value: unknown): readonly Finding[] {
  if (typeof value === 'string') return templateFaults(value).map((fault) => ({ path, ...fault }));
  if (typeof value === 'number') return numberFindings(path, value);
  if (Array.isArray(value)) return value.flatMap((entry, index) => metaFindings([...path, index], entry));
  return entriesOf(value).flatMap(([key, entry]) => metaFindings([...path, key], entry));
}

function numberFindings(path: Path, value: number): readonly Finding[] {
  if (!Number.isFinite(value)) {
    return [{ path, message: 'this is not a number that JSON has', remedy: 'write a text in quotes' }];
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return [
      {
        path,
        message: 'a whole number this large would lose its last digits in Unkey',
        remedy: 'write a text in quotes',
      },
    ];
  }
  return [];
}
