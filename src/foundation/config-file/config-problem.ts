/** A place in a configuration file; line and column count from 1. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** One thing that is wrong with a configuration. It never holds a value: values may be secrets. */
export type ConfigProblem = Position & {
  /** Where in the configuration, such as `gateway.routes[0].provider`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The known word nearest to the one that was written. */
  readonly suggestion?: string;
};

/** `file:line:column path: message (did you mean x?)`, the form that editors and terminals make a link of. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : ` ${problem.path}`;
  const hint = problem.suggestion === undefined ? '' : ` (did you mean ${problem.suggestion}?)`;
  return `${place}${path}: ${problem.message}${hint}`;
}

/** In the order in which a reader meets them: by file as they were read, then by place. */
export function sortConfigProblems(
  problems: readonly ConfigProblem[],
  files: readonly string[],
): readonly ConfigProblem[] {
  return problems.toSorted(
    (left, right) =>
      files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line || left.column - right.column,
  );
}

export function formatPosition(position: Position): string {
  return `${position.file}:${position.line}:${position.column}`;
}
