/** What several processes agree on, so that together they never pass a limit. See `ledger.ts` for the rules. */
export type LimitStore = {
  /** Enters the process, or takes over the place that the same `processId` left. */
  join(request: JoinRequest): Promise<JoinReply>;
  /**
   * Renews rights, gives up and asks for shares. `unknown` when the place is gone: join again. `replaced` when another
   * process entered under the same id: this one has no rights any more.
   */
  sync(request: SyncRequest): Promise<SyncReply | 'unknown' | 'replaced'>;
  /** Writes counted calls down, so that they outlive the process. */
  appendUsage(processId: string, usage: readonly Usage[]): Promise<void>;
  /** Forgets usage older than `ageMs`. */
  pruneUsage(ageMs: number): Promise<void>;
  /** Leaves the place in order: everything used is written. */
  leave(processId: string, incarnation: number): Promise<void>;
  /** Calls `listener` when a process other than `processId` changed something that may concern it; resolves to the end. */
  onChange(processId: string, listener: () => void): Promise<() => Promise<void>>;
};

export type JoinRequest = { readonly processId: string; readonly windowMs: number };

export type JoinReply = {
  /** Counts the lives of one `processId`; an earlier life's syncs are refused. */
  readonly incarnation: number;
  readonly units: number;
  readonly ackedSeq: number;
  /** The former life under the same id did not leave in order, so its last calls may be unwritten. */
  readonly isUnclean: boolean;
  /** Every leased key, with the share of this process. */
  readonly keys: readonly { readonly key: string; readonly limit: number; readonly share: number }[];
  /** Calls that count as this process's own. */
  readonly usage: readonly Usage[];
};

/** `used` calls of a key of which `limit` are allowed in a window, the latest of them `ageMs` ago. */
export type Usage = {
  readonly key: string;
  readonly limit: number;
  readonly used: number;
  readonly ageMs: number;
};

export type SyncRequest = {
  readonly processId: string;
  readonly incarnation: number;
  readonly windowMs: number;
  /** What the process confines itself to already; never more than it was given. */
  readonly units: number;
  /** The process has confined itself on every leased key up to this one. */
  readonly ackedSeq: number;
  /** Shares that it confines itself to already. */
  readonly shares: readonly { readonly key: string; readonly limit: number; readonly share: number }[];
  readonly requests: readonly ShareRequest[];
};

/** Asks for `want` calls of `limit` where `held` are held. */
export type ShareRequest = {
  readonly key: string;
  readonly limit: number;
  readonly held: number;
  readonly want: number;
};

export type SyncReply = {
  readonly units: number;
  /** Where `units` should be; when it is lower, the process confines itself and syncs again. */
  readonly targetUnits: number;
  /** Keys that became leased or free after `ackedSeq`, in order; perhaps not all of them. */
  readonly keys: readonly {
    readonly key: string;
    readonly seq: number;
    readonly isRetired: boolean;
    readonly limit: number;
  }[];
  readonly granted: readonly { readonly key: string; readonly share: number }[];
  /** Keys on which another process waits: what is not used should be given up. */
  readonly pressed: readonly string[];
  /** No other process has a place and no key is leased: the whole of every limit is at hand. */
  readonly isAlone: boolean;
};
