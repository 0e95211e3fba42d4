import type { Clock } from '#foundation/time';
import type { SecretScanConfig } from './config.ts';

/** The clock is read once in so many characters. */
const CHARACTERS_BETWEEN_CLOCK_READS = 32_768;

/** A view of no characters costs something as well. */
const CALL_COST_CHARACTERS = 16;

const CHARACTERS_PER_MEGABYTE = 1_048_576;

/** Milliseconds of the longest scan that a budget allows. */
export function scanMsMax({
  time_ms_max,
  time_ms_per_megabyte,
  content_chars_max,
}: SecretScanConfig['budgets']): number {
  return time_ms_max + (time_ms_per_megabyte * content_chars_max) / CHARACTERS_PER_MEGABYTE;
}

/** What one scan may cost. Once spent it stays spent, and the scan ends with a `scan-budget` finding. */
export class ScanBudget {
  readonly #clock: Clock;
  readonly #msPerCharacter: number;
  #deadlineMs: number;
  readonly #findingsMax: number;
  #charactersLeft: number;
  #untilClockRead = CHARACTERS_BETWEEN_CLOCK_READS;
  #findings = 0;
  #spent = false;

  constructor(config: SecretScanConfig['budgets'], clock: Clock) {
    this.#clock = clock;
    this.#deadlineMs = clock.monotonicMs() + config.time_ms_max;
    this.#msPerCharacter = config.time_ms_per_megabyte / CHARACTERS_PER_MEGABYTE;
    this.#findingsMax = config.matches_max;
    this.#charactersLeft = config.content_chars_max;
  }

  get spent(): boolean {
    return this.#spent;
  }

  /** A long text may take longer; what is decoded from it may not, so that nothing buys itself time. */
  extend(characters: number): void {
    this.#deadlineMs += characters * this.#msPerCharacter;
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
