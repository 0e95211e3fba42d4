import type { Clock } from '#foundation/time';
import type { SecretScanConfig } from './config.ts';

/** What one scan may cost. Once spent it stays spent, and the scan ends with a `scan-budget` finding. */
export type ScanBudget = {
  /** Takes `characters` from the budget; false when the scan must end. */
  spend(characters: number): boolean;
  readonly spent: boolean;
  /** Counts one finding. */
  noteFinding(): void;
  exhaust(): void;
};

/** The clock is read once in so many characters. */
const CHARACTERS_BETWEEN_CLOCK_READS = 32_768;

export function createScanBudget(config: SecretScanConfig['budgets'], clock: Clock): ScanBudget {
  let charactersLeft = config.content_chars_max;
  let untilClockRead = CHARACTERS_BETWEEN_CLOCK_READS;
  const deadlineMs = clock.monotonicMs() + config.time_ms_max;
  let spent = false;
  let findings = 0;
  return {
    spend(characters) {
      charactersLeft -= characters + CALL_COST_CHARACTERS;
      untilClockRead -= characters + CALL_COST_CHARACTERS;
      if (charactersLeft < 0) spent = true;
      if (untilClockRead < 0) {
        untilClockRead = CHARACTERS_BETWEEN_CLOCK_READS;
        if (clock.monotonicMs() > deadlineMs) spent = true;
      }
      return !spent;
    },
    noteFinding() {
      if (++findings > config.matches_max) spent = true;
    },
    exhaust() {
      spent = true;
    },
    get spent() {
      return spent;
    },
  };
}

/** A view of no characters costs something as well. */
const CALL_COST_CHARACTERS = 16;
