import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

export async function checkConfiguration(deps: DoctorDeps): Promise<Finding> {
  const problems = await deps.configurationProblems();
  const [first] = problems;
  if (first === undefined) return pass(`valid (profile ${deps.home.profile})`);
  const more = problems.length > 1 ? ` and ${problems.length - 1} more` : '';
  return fail(`${formatConfigProblem(first)}${more}`, 'systemprompt admin config validate names every problem');
}
