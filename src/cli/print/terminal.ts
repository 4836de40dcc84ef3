import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import type { CliIo } from '../io.ts';

/** How output may look: colours, tables and progress only where a person watches. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colors: ReturnType<typeof pc.createColors>;
}

export function terminalOf({ stdout, env }: CliIo): Terminal {
  const isTerminal = 'isTTY' in stdout && stdout.isTTY === true;
  const columns = 'columns' in stdout && typeof stdout.columns === 'number' ? stdout.columns : 80;
  const colors = pc.createColors(isTerminal && (env['NO_COLOR'] ?? '') === '');
  return { isTerminal, columns, colors };
}

/** Without the control characters of colours. */
export function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
