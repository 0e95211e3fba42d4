import { OperatingError } from '#foundation/errors';
import { formatJsonPath } from '#foundation/json';
import {
  OUTPUT_FAMILIES,
  type OutputFamily,
  type OutputMatch,
  type OutputScanner,
} from '#governance/guardrails/output-scanner';
import type { OutputGuardConfig } from '../config.ts';

/** What was done about a match, as it is recorded. */
export type Intervention = {
  readonly rule: string;
  readonly action: 'flag' | 'redact' | 'block';
  /** Of the answer's content; empty where the whole of it is meant. */
  readonly path: string;
};

/** What one answer is guarded by, and what has been done so far. One for each attempt at an upstream. */
export class OutputActions {
  readonly scanner: OutputScanner;
  /** Families whose matches change the answer: these are looked for before the client gets it. */
  readonly acting: ReadonlySet<OutputFamily>;
  readonly #config: OutputGuardConfig;
  readonly #interventions: Intervention[] = [];
  #blockedBy: Intervention | undefined;

  constructor(config: OutputGuardConfig, scanner: OutputScanner) {
    this.#config = config;
    this.scanner = scanner;
    this.acting = familiesWith(config, ['redact', 'block']);
  }

  /** Families that are only written down: looked for when the answer is over. */
  get flagging(): ReadonlySet<OutputFamily> {
    return familiesWith(this.#config, ['flag']);
  }

  /** Whether the client got something else than the model said. */
  get hasChanged(): boolean {
    return this.#interventions.some(({ action }) => action !== 'flag');
  }

  get isLooking(): boolean {
    return this.acting.size > 0 || this.flagging.size > 0;
  }

  /** The end that a blocked answer gets. */
  get blockedError(): OperatingError | undefined {
    const by = this.#blockedBy;
    if (by === undefined) return undefined;
    return new OperatingError('denied', 'output_guard', blockedSentence(by), {
      remedy: 'ask for an answer without it',
    });
  }

  get interventions(): readonly Intervention[] {
    return this.#interventions;
  }

  get blockedBy(): Intervention | undefined {
    return this.#blockedBy;
  }

  /** What a match calls for. What only looks like a secret changes no answer, and an unfinished scan ends it. */
  actionOf(match: OutputMatch): Intervention['action'] | 'none' {
    if (match.family === 'budget') return this.acting.size > 0 ? 'block' : 'flag';
    const action = this.#config[match.family];
    if (action === 'off') return 'none';
    if (action === 'flag' || !match.isProved) return 'flag';
    return action === 'redact' && !match.redactable ? 'block' : action;
  }

  note(match: OutputMatch, action: Intervention['action'], at: readonly (string | number)[]): void {
    const within = formatJsonPath(at);
    const joint = within === '' || match.shownPath === '' || match.shownPath.startsWith('[') ? '' : '.';
    const path = `${within}${joint}${match.shownPath}`;
    const intervention = { rule: match.rule, action, path };
    if (action === 'block') this.#blockedBy ??= intervention;
    if (this.#interventions.length < INTERVENTIONS_MAX) this.#interventions.push(intervention);
  }
}

const INTERVENTIONS_MAX = 64;

export function redactionMark(rule: string): string {
  return `[redacted:${rule}]`;
}

/** What the client is told, and the outcome: the rule, and nothing of what was found. */
export function blockedSentence(intervention: Intervention): string {
  return `blocked by output_guard: ${intervention.rule} stands in the answer of the model`;
}

function familiesWith(
  config: OutputGuardConfig,
  actions: readonly OutputGuardConfig[OutputFamily][],
): ReadonlySet<OutputFamily> {
  return new Set(OUTPUT_FAMILIES.filter((family) => actions.includes(config[family])));
}
