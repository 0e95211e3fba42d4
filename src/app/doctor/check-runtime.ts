import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

const NODE_MIN = [22, 19] as const;

export async function checkRuntime({ nodeVersion }: DoctorDeps): Promise<Finding> {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isRecent = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  if (isRecent) return pass(`Node.js ${nodeVersion}`);
  return fail(
    `Node.js ${nodeVersion} is older than ${NODE_MIN.join('.')}`,
    'node scripts/bootstrap.mjs installs a recent one; start with npm start or ./systemprompt',
  );
}
