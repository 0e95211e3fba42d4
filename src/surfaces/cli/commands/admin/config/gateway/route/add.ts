import { type ModelRouteConfig, modelRouteSchema } from '#features/gateway/config';
import { OperatingError } from '#foundation/errors';
import { definedMembers, type JsonObject } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument, flag, integer, requiredText, text, texts } from '#surfaces/cli/parameters';
import { routeId, routeIndex } from '#surfaces/cli/route-views';

export const command = defineCommand({
  effect: 'change',
  details: `Writes the route into the profile, before all others, so that it is taken. A running server takes it over;
requests that are under way end as they began.`,
  arguments: { pattern: argument('pattern', 'the models that take it; * matches any characters') },
  options: {
    provider: requiredText('--provider <name>', 'where they go'),
    id: text('--id <id>', 'its name in records; made from pattern and provider when left out'),
    upstreamModel: text('--upstream-model <name>', 'asked for upstream instead: an alias'),
    endpoint: text('--endpoint <url>', 'another base than that of the provider'),
    secret: text('--secret <name>', 'the credential in the secret store'),
    fallback: texts('--fallback <target>', 'tried when that failed: provider or provider=model; repeatable'),
    role: texts('--role <role>', 'only for callers of this role; repeatable'),
    department: texts('--department <name>', 'only for callers of this department; repeatable'),
    maxOutputTokens: integer('--max-output-tokens <count>', 'the most that an answer may have', {
      min: 1,
      max: 1_000_000_000,
    }),
    guard: texts(
      '--guard <pair>',
      'what is done with findings in what models say, such as secrets=redact or exfiltration=block; repeatable',
    ),
    allowUnpriced: flag('--allow-unpriced', 'serve models without a known price'),
    before: text('--before <id>', 'put it before this route instead'),
    last: flag('--last', 'put it after all others instead'),
  },
  examples: [
    { line: 'admin config gateway route add claude-* --provider anthropic --secret anthropic-key', shows: 'a route' },
    { line: 'admin config gateway route add fast --provider groq --upstream-model llama-3.3-70b', shows: 'an alias' },
    {
      line: 'admin config gateway route add gpt-* --provider openai --fallback azure-openai --dry-run',
      shows: 'a trial',
    },
  ],
  async run({ args, options, services, dryRun, terminal }) {
    const desk = services.routes();
    const setup = await desk.setup();
    const before = options.before === undefined ? 0 : routeIndex(setup, options.before);
    const index = options.last ? (setup.gateway.routes?.length ?? 0) : before;
    const written = writtenRoute(args.pattern, options);
    const id = routeId(checked(written));
    const { file } = await desk.edit({ kind: 'add', route: written, index }, { dryRun });
    const item = { id, place: index + 1, route: written, file };
    if (dryRun) return itemOf({ dry_run: true, would: 'add', ...item });
    terminal.say(`the route ${id} is in ${file}; a running server takes it over`);
    if (setup.gateway.routes === undefined && setup.gateway.default_provider === undefined) {
      terminal.say('other models go to the mock as before: gateway.default_provider says so now');
    }
    return itemOf(item);
  },
});

type Options = {
  readonly provider: string;
  readonly id: string | undefined;
  readonly upstreamModel: string | undefined;
  readonly endpoint: string | undefined;
  readonly secret: string | undefined;
  readonly fallback: readonly string[];
  readonly role: readonly string[];
  readonly department: readonly string[];
  readonly maxOutputTokens: number | undefined;
  readonly guard: readonly string[];
  readonly allowUnpriced: boolean;
};

/** What is not said is not written, so that defaults stay defaults. */
function writtenRoute(pattern: string, options: Options): JsonObject {
  const when = definedMembers({ roles: listed(options.role), departments: listed(options.department) });
  return definedMembers({
    id: options.id,
    model_pattern: pattern,
    provider: options.provider,
    upstream_model: options.upstreamModel,
    endpoint: options.endpoint,
    api_key_secret: options.secret,
    when: Object.keys(when).length === 0 ? undefined : when,
    fallbacks: options.fallback.length === 0 ? undefined : options.fallback.map(fallbackOf),
    max_output_tokens: options.maxOutputTokens,
    output_guard: options.guard.length === 0 ? undefined : Object.fromEntries(options.guard.map(guardOf)),
    allow_unpriced: options.allowUnpriced ? true : undefined,
  });
}

function listed(words: readonly string[]): readonly string[] | undefined {
  return words.length === 0 ? undefined : words;
}

function guardOf(pair: string): [string, string] {
  const [family = '', action = ''] = pair.split('=');
  return [family, action];
}

function fallbackOf(target: string): JsonObject {
  const [provider = '', ...model] = target.split('=');
  return definedMembers({ provider, upstream_model: model.length === 0 ? undefined : model.join('=') });
}

function checked(route: JsonObject): ModelRouteConfig {
  const parsed = modelRouteSchema.safeParse(route);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new OperatingError('invalid_input', 'route_invalid', `the route would not be valid: ${problems}`, {
    remedy: 'systemprompt admin config gateway route add --help',
  });
}
