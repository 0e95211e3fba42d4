/** What a translation could not carry over, by its place in the client's body. */
export type Losses = {
  /** The target cannot express it; it is left out. `at` as in `Stated`. */
  drop(at: string): void;
  /** The target gets something near it: a clamped number, a tool error as words. */
  change(at: string): void;
};

export type LossReport = { readonly dropped: readonly string[]; readonly changed: readonly string[] };

const PLACES_MAX = 200;
const HEADER_CHARACTERS_MAX = 2_000;

export function createLosses(): Losses & { report(): LossReport } {
  const dropped = new Set<string>();
  const changed = new Set<string>();
  const note = (places: Set<string>, at: string) => {
    if (places.size < PLACES_MAX) places.add(at);
  };
  return {
    drop: (at) => note(dropped, at),
    change: (at) => note(changed, at),
    report: () => ({ dropped: [...dropped], changed: [...changed] }),
  };
}

/** `lossless`, or `lossy; dropped=top_k,messages[3].content[0].cache_control; changed=temperature`. */
export function conversionHeader(report: LossReport): string {
  if (report.dropped.length === 0 && report.changed.length === 0) return 'lossless';
  const lists = [listed('dropped', report.dropped), listed('changed', report.changed)];
  return ['lossy', ...lists.filter((list) => list !== '')].join('; ');
}

function listed(name: string, places: readonly string[]): string {
  if (places.length === 0) return '';
  let text = '';
  for (const [index, place] of places.entries()) {
    const next = index === 0 ? printable(place) : `${text},${printable(place)}`;
    if (next.length > HEADER_CHARACTERS_MAX / 2) return `${name}=${text},...`;
    text = next;
  }
  return `${name}=${text}`;
}

/** Keys of a client's body may hold anything; a header may not. */
function printable(place: string): string {
  return place.replace(/[^\x21-\x7e]|[,;=]/g, '?').slice(0, 200);
}
