/**
 * What a prompt or a model's name can ask of the mock: `mock-error-529`, `mock-latency-200`, `mock-pause-20`,
 * `mock-words-500`, `mock-cut`, `mock-html`. Anywhere in the newest user text or the model; each at most once.
 */
export type MockDirectives = {
  /** Answer with this HTTP status and its Anthropic error. */
  readonly errorStatus: number | undefined;
  /** Wait before the first byte. */
  readonly latencyMs: number;
  /** Wait between two events of a stream. */
  readonly pauseMs: number;
  /** Answer with so many words. */
  readonly words: number | undefined;
  /** Die in the middle of the answer. */
  readonly cutsOff: boolean;
  /** Answer with a proxy's error page. */
  readonly answersHtml: boolean;
};

const LATENCY_MS_MAX = 60_000;
const PAUSE_MS_MAX = 10_000;
const WORDS_MAX = 100_000;

export function readDirectives(model: string, text: string): MockDirectives {
  const asked = `${model} ${text}`;
  const number = (name: string, max: number): number | undefined => {
    const digits = new RegExp(`\\bmock-${name}-(\\d{1,6})\\b`).exec(asked)?.[1];
    return digits === undefined ? undefined : Math.min(Number(digits), max);
  };
  const status = number('error', 599);
  return {
    errorStatus: status !== undefined && status >= 400 ? status : undefined,
    latencyMs: number('latency', LATENCY_MS_MAX) ?? 0,
    pauseMs: number('pause', PAUSE_MS_MAX) ?? 0,
    words: number('words', WORDS_MAX),
    cutsOff: /\bmock-cut\b/.test(asked),
    answersHtml: /\bmock-html\b/.test(asked),
  };
}
