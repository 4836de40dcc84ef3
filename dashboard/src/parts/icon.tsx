/** Line icons of 16 px, drawn here: a library of thousands would weigh more than the page. */
const paths = {
  home: 'M2.5 7.2 8 2.7l5.5 4.5V13a.5.5 0 0 1-.5.5H9.8V9.7H6.2v3.8H3a.5.5 0 0 1-.5-.5z',
  held: 'M4 7.2h8a.8.8 0 0 1 .8.8v4.7a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V8a.8.8 0 0 1 .8-.8zM5.2 7V5.3a2.8 2.8 0 0 1 5.6 0V7',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  runs: 'M13.2 6.8A5.4 5.4 0 0 0 3.4 5M2.8 9.2a5.4 5.4 0 0 0 9.8 1.8M3.2 2.4V5h2.6M12.8 13.6V11h-2.6',
  file: 'M4 2.2h5.2L12.5 5.5v8a.3.3 0 0 1-.3.3H4a.5.5 0 0 1-.5-.5V2.7a.5.5 0 0 1 .5-.5zM9 2.4v3.3h3.3M5.8 8.6h4.4M5.8 11h4.4',
  search: 'M7 11.8a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6zM10.5 10.5l3.3 3.3',
  copy: 'M6 6h6.5a.5.5 0 0 1 .5.5V13a.5.5 0 0 1-.5.5H6a.5.5 0 0 1-.5-.5V6.500A.5.5 0 0 1 6 6zM3.500 10.200H3a.5.5 0 0 1-.5-.5V3.200a.5.5 0 0 1 .5-.5h6.500a.5.5 0 0 1 .5.5v.5',
  check: 'm3 8.600 3.200 3.200L13 4.800',
  cross: 'm4 4 8 8M12 4l-8 8',
  warning: 'M8 2.500 14.200 13.200H1.800zM8 6.500v3.200M8 11.400v.2',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.300v3.700M8 5v.2',
  good: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.300 8.200l1.900 1.900 3.500-3.900',
  out: 'M6.500 3H3.500a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5.5 0 0 0 .5-.5v-3M9 2.800h4.200V7M13 3 7.500 8.500',
  leave: 'M6.500 13.300H3.200a.5.5 0 0 1-.5-.5V3.200a.5.5 0 0 1 .5-.5h3.300M10.200 11l3-3-3-3M13 8H6',
  play: 'M4.500 2.800v10.400L13 8z',
  arrow: 'M3 8h10M9.200 4.200 13 8l-3.800 3.800',
  pulse: 'M1.500 8.500h3l1.700-5 3 9 1.800-4h3.500',
  user: 'M8 7.800a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400zM2.800 13.600c.5-2.500 2.600-3.800 5.200-3.800s4.700 1.300 5.200 3.800',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path
        d={paths[name]}
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
