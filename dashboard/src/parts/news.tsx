import { counted } from '../text/number.ts';

/** What has come since a list was read. It is not put in by itself: nobody likes a line that moves while he reads it. */
export function News(props: {
  readonly count: number;
  /** As many as are counted. */
  readonly most: number;
  readonly one: string;
  readonly many: string;
  readonly take: () => void;
}) {
  const { count, most, one, many, take } = props;
  if (count === 0) return <span className="live">Live: nothing new</span>;
  return (
    <button type="button" className="live live-new" onClick={take}>
      {count >= most ? `${most} and more` : counted(count, one, many)}, show
    </button>
  );
}
