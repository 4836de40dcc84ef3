import { useEffect, useRef } from 'react';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Link, usePlace } from '../router.tsx';
import { number } from '../text/number.ts';
import { useProblems } from '../views/home/home-data.ts';

const items: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: '/', label: 'Home', icon: 'home' },
  { to: '/held', label: 'Held', icon: 'held' },
  { to: '/outcomes', label: 'Outcomes', icon: 'list' },
  { to: '/runs', label: 'Runs', icon: 'runs' },
  { to: '/plan-file', label: 'Plan file', icon: 'file' },
  { to: '/audit', label: 'Audit', icon: 'user' },
];

export function Nav() {
  const { path } = usePlace();
  const problems = useProblems().data;
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the views are a line that may be longer than the screen.
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
  const counts: Readonly<Record<string, Count>> = {
    '/': { tone: 'bad', count: problems?.groups.filter(({ state }) => state === 'open').length ?? 0 },
    '/held': { tone: 'held', count: problems?.held ?? 0 },
  };
  return (
    <nav ref={list} className="nav" aria-label="Views">
      {items.map(({ to, label, icon }) => {
        const here = to === '/' ? path === '/' : path.startsWith(to);
        return (
          <Link key={to} to={to} aria-current={here ? 'page' : undefined}>
            <Icon name={icon} />
            {label}
            <CountBadge of={counts[to]} />
          </Link>
        );
      })}
    </nav>
  );
}

interface Count {
  readonly tone: 'bad' | 'held';
  readonly count: number;
}

function CountBadge({ of }: { readonly of: Count | undefined }) {
  if (of === undefined || of.count === 0) return null;
  const words = of.tone === 'bad' ? 'open problems' : 'held';
  return (
    <span className={`count count-${of.tone} number`}>
      {number(of.count)}
      <span className="visually-hidden"> {words}</span>
    </span>
  );
}
