import { OperatingError } from '#foundation/errors';
import type { Wire } from '../config.ts';
import { anthropicDialect } from './anthropic/dialect.ts';
import type { Dialect } from './dialect.ts';
import { geminiDialect } from './gemini/dialect.ts';

const DIALECTS: Readonly<Partial<Record<Wire, Dialect>>> = {
  anthropic: anthropicDialect,
  gemini: geminiDialect,
};

export function dialectOf(wire: Wire): Dialect {
  const dialect = DIALECTS[wire];
  if (dialect !== undefined) return dialect;
  throw new OperatingError('not_supported', 'dialect_not_spoken', `${wire} is not spoken by this version`, {
    remedy: 'choose a model of another provider',
  });
}
