import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseCopy, parseDockerfile, type Stage } from '../test/support/dockerfile.ts';

/**
 * Executes the Dockerfile where no container engine is: each stage is an overlay over this machine's root, with the Node
 * that is given in the place of the base image's. Then runs the last stage on a read-only root as its unprivileged user:
 * the demo, and `start` with its health check until SIGTERM. Needs root on Linux, as it mounts (in a namespace of its own).
 * `npx tsx bench/image-by-hand.ts PATH_OF_NODE_24`
 */
const node = process.argv[2];
if (node === undefined || process.getuid?.() !== 0) {
  throw new Error('Give the path of a Node 24 binary, as root.');
}
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8'));
const major = /^node:(\d+)/.exec(stages[0]?.base ?? '')?.[1];
if (!version.startsWith(`v${major}.`))
  throw new Error(`${version} is not the ${stages[0]?.base} of the image.`);

const scratch = mkdtempSync(join(tmpdir(), 'planwire-image-'));
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const settings = (stage: Stage): readonly string[] =>
  stage.instructions
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => text.match(/\w+=(?:"[^"]*"|\S+)/g) ?? []);

function build(stage: Stage): string {
  const root = stage.name ?? 'last';
  const lines = [
    `echo '== stage ${root}'`,
    `mkdir ${root} ${root}.up ${root}.work`,
    `mount -t overlay overlay -o lowerdir=/,upperdir=${root}.up,workdir=${root}.work ${root}`,
    `mount --rbind /proc ${root}/proc; mount --rbind /dev ${root}/dev`,
    `cp ${quote(node ?? '')} ${root}/usr/local/bin/node`,
    `grep -q ^node: ${root}/etc/passwd || { echo node:x:1000:1000::/home/node:/bin/sh >> ${root}/etc/passwd; echo node:x:1000: >> ${root}/etc/group; }`,
  ];
  let folder = '/';
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') {
      folder = text;
      lines.push(`mkdir -p ${root}${folder}`);
    } else if (name === 'COPY') {
      const { from, sources, target } = parseCopy(text);
      const into = join(folder, target);
      for (const source of sources) {
        const path = from === null ? join('context', source) : `${from}${source}`;
        // A folder's content is copied, a file by its name.
        lines.push(
          `if [ -d ${path} ]; then mkdir -p ${root}${into}; cp -a ${path}/. ${root}${into}; else mkdir -p ${root}${into.endsWith('/') ? into : dirname(into)}; cp -a ${path} ${root}${into}; fi`,
        );
      }
    } else if (name === 'RUN') {
      lines.push(
        `chroot ${root} sh -c ${quote(`export PATH=/usr/local/bin:$PATH; cd ${folder} && ${text}`)}`,
      );
    }
  }
  return lines.join('\n');
}

function prove(stage: Stage): string {
  const root = stage.name ?? 'last';
  const textOf = (name: string) => stage.instructions.findLast((each) => each.name === name)?.text ?? '';
  const entry = (JSON.parse(textOf('ENTRYPOINT')) as string[]).map(quote).join(' ');
  const health = JSON.parse(textOf('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[];
  const stand = `STRIPE_WEBHOOK_SECRET=whsec_sandbox STRIPE_SECRET_KEY=sk_test_sandbox UNKEY_ROOT_KEY=r STRIPE_API_BASE_URL=http://127.0.0.1:9 UNKEY_API_BASE_URL=http://127.0.0.1:9 PORT=39517`;
  const asUser = `chroot ${root} setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --bounding-set=-all env -i PATH=/usr/local/bin:/usr/bin:/bin ${settings(stage).join(' ')}`;
  return `
echo '== what is in it'
du -sm ${root}.up/app ${root}.up/app/* | sort -n | tail -5
for dev in typescript vitest tsx oxlint prettier knip; do [ ! -e ${root}/app/node_modules/$dev ] || { echo "$dev is still in it"; exit 1; }; done
[ -z "$(find ${root}.up/app -maxdepth 2 -name '.env' -o -maxdepth 2 -name .npmrc)" ] || { echo 'a settings file is in it'; exit 1; }
mkdir -p ${root}/etc/planwire && cp context/plans.example.yaml ${root}/etc/planwire/plans.yaml
mount -t tmpfs volume ${root}/data && chown 1000:1000 ${root}/data
mount -o remount,ro ${root}
if chroot ${root} touch /app/x 2>/dev/null; then echo 'the root can be written to'; exit 1; fi
echo '== check'
${asUser} ${entry} check
echo '== start, read-only, uid 1000'
${asUser} ${stand} ${entry} start > start.log 2>&1 &
pid=$!
healthy=no
for i in $(seq 60); do ${asUser} PORT=39517 ${health.map(quote).join(' ')} 2>/dev/null && { healthy=yes; break; }; sleep 0.5; done
echo "health check: $healthy"
kill -TERM $pid; code=0; wait $pid || code=$?
echo "start ended with $code"
[ $healthy = yes ] && [ $code = 0 ] || { tail -20 start.log; exit 1; }
echo '== demo, with a temporary /tmp'
mount -t tmpfs tmp ${root}/tmp && chmod 1777 ${root}/tmp
${asUser} ${entry} demo --once > demo.log 2>&1 || { tail -30 demo.log; exit 1; }
tail -3 demo.log
`;
}

const ignored = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => /^[^#!]/.test(line));
const last = stages.at(-1);
const script = `set -eu
mount -t tmpfs scratch ${scratch}
mkdir ${scratch}/context
git archive HEAD | tar -x -C ${scratch}/context
cd ${scratch}
(cd context && rm -rf ${ignored.filter((path) => !path.startsWith('.env')).join(' ')})
${stages.map(build).join('\n')}
${last === undefined ? '' : prove(last)}
echo '== the image does what it should, on Node ${version}'
`;
try {
  const file = `${scratch}.sh`;
  writeFileSync(file, script);
  const done = spawnSync('unshare', ['-m', 'sh', file], { stdio: 'inherit' });
  rmSync(file);
  process.exitCode = done.status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
