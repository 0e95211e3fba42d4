import type { Reply } from '#foundation/http/exchange';
import type { AuditHealth } from '#governance/audit/audit';

export type HealthDeps = {
  readonly audit: () => AuditHealth;
  readonly databaseUp: () => boolean;
  readonly draining: () => boolean;
  /** The problems of the last configuration edit that was refused; empty when the running one is the written one. */
  readonly configurationProblems: () => readonly string[];
  readonly version: string;
};

/** Always 200 while the process answers: what is wrong stands in the body, so that a probe never kills for it. */
export function health(deps: HealthDeps): Reply {
  const audit = deps.audit();
  const problems = deps.configurationProblems();
  const degraded = !audit.writable || !deps.databaseUp() || problems.length > 0;
  return {
    status: 200,
    json: {
      status: degraded ? 'degraded' : 'ok',
      version: deps.version,
      database: deps.databaseUp() ? 'up' : 'down',
      audit: {
        writable: audit.writable,
        mode: audit.mode,
        problem: audit.problem,
        undrained_records: audit.undrainedRecords,
        journal_bytes: audit.journalBytes,
      },
      configuration: problems.length === 0 ? { status: 'current' } : { status: 'edit refused', problems },
    },
  };
}

/** 503 while draining, or when nothing durable can be written and every call would be denied. */
export function readiness(deps: HealthDeps): Reply {
  const audit = deps.audit();
  if (deps.draining()) return { status: 503, json: { status: 'draining' } };
  if (!audit.writable) return { status: 503, json: { status: 'not writable', problem: audit.problem } };
  return { status: 200, json: { status: 'ready' } };
}
