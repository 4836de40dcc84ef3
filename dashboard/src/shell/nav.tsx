import { Icon, type IconName } from '../parts/icon.tsx';
import { Link, usePlace } from '../router.tsx';

const items: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: '/', label: 'Home', icon: 'home' },
];

export function Nav() {
  const { path } = usePlace();
  return (
    <nav className="nav" aria-label="Views">
      {items.map(({ to, label, icon }) => {
        const here = to === '/' ? path === '/' : path.startsWith(to);
        return (
          <Link key={to} to={to} aria-current={here ? 'page' : undefined}>
            <Icon name={icon} />
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
