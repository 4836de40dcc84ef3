export interface Series {
  readonly label: string;
  /** Name of a custom property that holds its colour. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Bars stand on the series before them; a line goes for itself. */
  readonly kind: 'bars' | 'line';
  /** Counted beside what the axis measures: on a scale of its own, and written in its own way. */
  readonly aside?: (value: number) => string;
}

export interface ChartProps {
  readonly label: string;
  /** Epoch ms. */
  readonly times: readonly number[];
  readonly cellMs: number;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Latencies differ by powers of ten. */
  readonly logarithmic?: boolean;
}
