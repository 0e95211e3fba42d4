import { formatJsonPath } from '#foundation/json';
import { globMatches } from '#foundation/text';
import type { BlocklistAction, ToolBlocklistConfig } from '#governance/blocklist/config';
import { findBreaches, type PlacedBreach, shapeOfTool, type ToolShape } from '#governance/blocklist/find-breaches';
import { matchPattern, matchToolName, wordsOfToolName } from '#governance/blocklist/tool-name';
import type { Role } from '#governance/identity/role';
import type { Call } from '../call.ts';
import { type Check, PAUSE_MICROS_MAX } from '../check.ts';
import type { Verdict } from '../decision.ts';
import { effectiveScope } from '../effective-scope.ts';

/**
 * Does this call destroy something? By the words of the tool's name, and by the shell commands and the SQL in its
 * input, read as a shell and a database would read them. What is found belongs to a category, and the category says
 * what it means for the role: deny, ask, allow. `config` is read at each call.
 */
export function createToolBlocklistCheck(config: () => ToolBlocklistConfig): Check {
  const namings = new Map<string, ToolNaming>();

  /** Tools are few and called often; what their names say is worked out once. */
  function namingOf({ toolName, server }: Call, patterns: readonly string[]): ToolNaming {
    const key = `${toolName}\n${server ?? ''}`;
    const known = namings.get(key);
    if (known?.patterns === patterns) return known;
    if (namings.size >= NAMINGS_MAX) namings.clear();
    const naming = { patterns, breaches: breachesOfName(toolName, patterns), shape: shapeOfTool(toolName, server) };
    namings.set(key, naming);
    return naming;
  }

  return {
    id: 'tool_blocklist',
    appliesTo: ['tool_call', 'hook'],
    budgetMicros: PAUSE_MICROS_MAX,
    judge(call) {
      const current = config();
      return judgeTool(call, current, namingOf(call, current.patterns));
    },
  };
}

/** What a tool's name says, whatever it is given. */
type ToolNaming = {
  /** The configured patterns that it was worked out with. */
  readonly patterns: readonly string[];
  readonly breaches: readonly PlacedBreach[];
  readonly shape: ToolShape;
};

const NAMINGS_MAX = 2_000;

function judgeTool(call: Call, config: ToolBlocklistConfig, naming: ToolNaming): Verdict {
  if (!config.enabled) return { result: 'pass', detail: 'disabled by configuration' };
  const exception = config.tools.find(({ match }) =>
    namesOf(call).some((name) => globMatches(match.toLowerCase(), name)),
  );
  if (exception !== undefined) return judgeException(call, exception);
  const role = effectiveScope(call.principal.role, call.agent?.scope ?? null);
  const breaches = [...naming.breaches, ...findBreaches(call.content, naming.shape)];
  const worst = worstOf(breaches, (breach) => config.categories[breach.category][role]);
  if (worst === undefined) return { result: 'pass', detail: 'nothing destructive' };
  return verdictOf(worst.breach, worst.action, call, role);
}

function namesOf(call: Call): readonly string[] {
  const written = call.toolName.toLowerCase();
  return call.server === null ? [written] : [written, `mcp__${call.server.toLowerCase()}__${written}`];
}

function judgeException(call: Call, { match, action }: ToolBlocklistConfig['tools'][number]): Verdict {
  if (action === 'allow') return { result: 'pass', detail: `${match} is excepted by configuration` };
  return {
    result: action,
    rule: match,
    detail: `${match} is set to ${action} by configuration`,
    reason: `${call.toolName} is ${action === 'deny' ? 'blocked' : 'to be confirmed by a person'} by configuration; ${REMEDY}`,
  };
}

/** What the name says in particular stands for what it says in general. */
function breachesOfName(toolName: string, patterns: readonly string[]): readonly PlacedBreach[] {
  const words = wordsOfToolName(toolName);
  const rule = matchToolName(words);
  if (rule !== undefined) return [{ rule: rule.id, category: rule.category, says: rule.says, path: [] }];
  const pattern = matchPattern(words, patterns);
  if (pattern === undefined) return [];
  const says = `a tool whose name holds the word ${pattern}`;
  return [{ rule: `pattern:${pattern}`, category: 'tool-name', says, path: [] }];
}

const SEVERITY: Readonly<Record<BlocklistAction, number>> = { allow: 0, ask: 1, deny: 2 };

function worstOf(
  breaches: readonly PlacedBreach[],
  actionOf: (breach: PlacedBreach) => BlocklistAction,
): { readonly breach: PlacedBreach; readonly action: BlocklistAction } | undefined {
  let worst: { breach: PlacedBreach; action: BlocklistAction } | undefined;
  for (const breach of breaches) {
    const action = actionOf(breach);
    if (worst === undefined || SEVERITY[action] > SEVERITY[worst.action]) worst = { breach, action };
  }
  return worst;
}

const REMEDY =
  'do it in a smaller, named way, or ask an administrator to do it or to change tool_blocklist in services/governance/config.yaml';

/** The text that was judged is never quoted: it may hold a credential. */
function verdictOf(breach: PlacedBreach, action: BlocklistAction, call: Call, role: Role): Verdict {
  const path = breach.path.length === 0 ? undefined : formatJsonPath(breach.path);
  const place = path === undefined ? '' : ` at ${path}`;
  const found = {
    detail: `${breach.category}: ${breach.says}${place}; ${action} for role ${role}`,
    rule: breach.rule,
    ...(path === undefined ? {} : { path }),
  };
  if (action === 'allow') return { result: 'flag', ...found };
  const what = `${call.toolName}: ${breach.says}${place} (${breach.category}, rule ${breach.rule})`;
  if (action === 'ask')
    return { result: 'ask', ...found, reason: `${what} wants the word of a person for role ${role}` };
  return { result: 'deny', ...found, reason: `${what} is denied to role ${role}; ${REMEDY}` };
}
