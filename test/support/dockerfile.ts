/** One instruction of a Dockerfile, continuation lines joined, comments gone. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string | null;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, in order, each on the base that it has by default. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  const defaults = new Map<string, string>();
  const stages: { name: string | null; base: string; instructions: Instruction[] }[] = [];
  for (const line of joined.split('\n').filter((each) => each.trim() !== '')) {
    const [, name = '', rest = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name.toUpperCase() === 'FROM') {
      const [, base = '', stage] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest.trim()) ?? [];
      const named = base.replaceAll(/\$\{(\w+)\}/g, (_, arg: string) => defaults.get(arg) ?? '');
      stages.push({ name: stage ?? null, base: named, instructions: [] });
    } else if (name.toUpperCase() === 'ARG' && stages.length === 0) {
      const [arg = '', value = ''] = rest.trim().split('=', 2);
      defaults.set(arg, value);
    } else {
      stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: rest.trim() });
    }
  }
  return stages;
}

/** What a COPY takes and where it puts it; `from` is a stage. */
export function parseCopy(text: string): {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
} {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}
