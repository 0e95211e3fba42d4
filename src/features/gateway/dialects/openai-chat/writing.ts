import type { Losses } from '#features/gateway/conversation/losses';
import type { Target } from '../dialect.ts';
import type { Accent } from './accents.ts';
import type { ModelTraits } from './model-traits.ts';

/** What writing a request towards one upstream depends on. */
export type Writing = {
  readonly to: Target;
  readonly accent: Accent;
  readonly traits: ModelTraits;
  readonly losses: Losses;
};

/** Names of tools are `^[a-zA-Z0-9_-]{1,64}$`. */
export const TOOL_NAME_CHARACTERS_MAX = 64;
