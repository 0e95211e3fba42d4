/**
 * Every request of a client that may reach an upstream. What is not in this table is answered with -32601, so no
 * method passes ungoverned because nobody thought of it.
 */
export type MethodRow = {
  readonly method: string;
  /** The upstream's capability that the method belongs to. */
  readonly capability: 'tools' | 'resources' | 'prompts' | 'completions' | 'logging';
  /** The member of an empty list, which answers in place of an upstream that lacks the capability. */
  readonly listMember: string | null;
  /** What makes sense only where the upstream belongs to one client alone. */
  readonly needsOwnUpstream: boolean;
  /** Carries data out: the result is judged, and the execution has its own row. */
  readonly carriesData: boolean;
};

function row(method: string, capability: MethodRow['capability'], rest: Partial<MethodRow> = {}): MethodRow {
  return { method, capability, listMember: null, needsOwnUpstream: false, carriesData: false, ...rest };
}

const ROWS: readonly MethodRow[] = [
  row('tools/list', 'tools', { listMember: 'tools' }),
  row('tools/call', 'tools', { carriesData: true }),
  row('resources/list', 'resources', { listMember: 'resources' }),
  row('resources/templates/list', 'resources', { listMember: 'resourceTemplates' }),
  row('resources/read', 'resources', { carriesData: true }),
  row('resources/subscribe', 'resources', { needsOwnUpstream: true }),
  row('resources/unsubscribe', 'resources', { needsOwnUpstream: true }),
  row('prompts/list', 'prompts', { listMember: 'prompts' }),
  row('prompts/get', 'prompts', { carriesData: true }),
  row('completion/complete', 'completions', { carriesData: true }),
  row('logging/setLevel', 'logging', { needsOwnUpstream: true }),
];

export function findMethod(method: string): MethodRow | undefined {
  return ROWS.find((candidate) => candidate.method === method);
}
