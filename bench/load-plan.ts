/** What the load client is told on its standard input, and what it answers with: one JSON object each. */
export type Shot = { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

export type LoadPlan = {
  readonly port: number;
  /** How many are sent in all. */
  readonly requests: number;
  readonly connections: number;
  /** Sent in turn, from the first on. */
  readonly shots: readonly Shot[];
};

export type LoadReport = {
  readonly requests: number;
  readonly seconds: number;
  /** Answers a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until the first byte of the answer. */
  readonly firstByteP50Ms: number;
  /** Answers whose text says `"deny"`. */
  readonly denied: number;
  /** How many answers had each HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
};
