import { type DoctorDeps, type Finding, fail, pass } from './check.ts';

export async function checkPort(deps: DoctorDeps): Promise<Finding> {
  const runtime = await deps.runtime();
  if (runtime !== undefined) return pass(`our server listens at ${runtime.baseUrl} (process ${runtime.pid})`);
  const { host, port } = deps;
  if (port === 0) return pass('a free one is taken at the start');
  if (await deps.isPortFree(host, port)) return pass(`${host}:${port} is free`);
  return fail(`another program listens on ${host}:${port}`, `npm start -- --port ${port + 1}, or stop that program`);
}
