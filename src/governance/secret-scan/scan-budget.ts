import type { Clock } from '#foundation/time';
import type { SecretScanConfig } from './config.ts';

/** The clock is read once in so many characters. */
const CHARACTERS_BETWEEN_CLOCK_READS = 32_768;

/** A view of no characters costs something as well. */
const CALL_COST_CHARACTERS = 16;

/** What one scan may cost. Once spent it stays spent, and the scan ends with a `scan-budget` finding. */
export class ScanBudget {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #findingsMax: number;
  #charactersLeft: number;
  #untilClockRead = CHARACTERS_BETWEEN_CLOCK_READS;
  #findings = 0;
  #spent = false;

  constructor(config: SecretScanConfig['budgets'], clock: Clock) {
    this.#clock = clock;
    this.#deadlineMs = clock.monotonicMs() + config.time_ms_max;
    this.#findingsMax = config.matches_max;
    this.#charactersLeft = config.content_chars_max;
  }

  get spent(): boolean {
    return this.#spent;
  }

  /** Takes `characters` from the budget; false when the scan must end. */
  spend(characters: number): boolean {
    this.#charactersLeft -= characters + CALL_COST_CHARACTERS;
    this.#untilClockRead -= characters + CALL_COST_CHARACTERS;
    if (this.#charactersLeft < 0) this.#spent = true;
    if (this.#untilClockRead < 0) {
      this.#untilClockRead = CHARACTERS_BETWEEN_CLOCK_READS;
      if (this.#clock.monotonicMs() > this.#deadlineMs) this.#spent = true;
    }
    return !this.#spent;
  }

  /** Counts one finding. */
  noteFinding(): void {
    if (++this.#findings > this.#findingsMax) this.#spent = true;
  }

  exhaust(): void {
    this.#spent = true;
  }
}
