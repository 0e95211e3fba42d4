/**
 * Every sentence by which the product claims something, as data. A claim is proven by the tests that cite its id with
 * `proves(...)`, or it stands here as pending with the reason. tests/claims.test.ts holds both against each other.
 */
export type Claim = {
  readonly claim: string;
  /** Where it is said: the founding text ("seed") or a document of this repository. */
  readonly source: string;
  /** Why no test proves it yet; absent for a claim that is proven. */
  readonly pending?: string;
};

const IDENTITY = 'needs the authorization server and access rules';
const MCP = 'needs the second era of MCP, the sandbox and per-server OAuth';
const CLIENTS = 'needs the client integrations and the credential helper';
const CONSOLE = 'needs the web console';
const ANALYTICS = 'needs the analytics commands';
const CLOUD = 'needs deployment and sync';
const PUBLISHER = 'needs the publisher';
const AGENTS = 'needs agents and A2A';
const RETENTION = 'needs scheduled retention';

export const CLAIMS = {
  'start.one-command': {
    claim: 'npm start on a fresh clone serves governance without a key, Docker or a question',
    source: 'seed: quick start',
  },
  'start.first-five-minutes': {
    claim: 'the commands of the first five minutes do what the README says, as they are written there',
    source: 'README',
  },
  'start.sign-in-link': {
    claim: 'the first start creates an administrator and prints a one-click sign-in link that works once',
    source: 'README',
  },
  'start.two-homes': { claim: 'two clones or two homes run side by side', source: 'seed: prerequisites' },
  'start.loopback-only': {
    claim: 'nothing listens beyond loopback by default; a wider bind refuses to start without TLS or a trusted proxy',
    source: 'SECURITY',
  },
  'start.one-database': {
    claim: 'one process and one PostgreSQL: no Redis, no Kafka, no Kubernetes',
    source: 'seed: CISO',
  },
  'telemetry.none': { claim: 'zero outbound telemetry by default', source: 'seed: CISO' },
  'stop.loses-nothing': { claim: 'kill -9 loses nothing that was decided', source: 'CONTRACT: starting' },

  'pipeline.before-effect': {
    claim: 'every tool call is authenticated, scoped, scanned, limited and recorded before the tool process spawns',
    source: 'seed: headline',
  },
  'pipeline.five-checks': {
    claim: 'five checks in order: authentication, scope, secret scan, blocklist, rate limit; the first deny decides',
    source: 'seed: pipeline',
  },
  'pipeline.fail-closed': { claim: 'a check that throws or exceeds its budget is a deny', source: 'ARCHITECTURE' },
  'pipeline.structured-reason': { claim: 'every deny reason is structured and auditable', source: 'seed: CISO' },
  'pipeline.every-decision-recorded': { claim: 'allow or deny, a row is written, always', source: 'seed: pipeline' },
  'scope.six-tiers': {
    claim: 'six role tiers decide scope; an agent named in a body never raises it',
    source: 'seed: CISO',
  },
  'blocklist.categories': {
    claim: 'destructive operations are blocked by category, in names and in arguments',
    source: 'seed: pipeline',
  },
  'budget.reserve-and-settle': {
    claim: 'a model request reserves the most that it may use before it is sent, and is settled by what it used',
    source: 'specification: inference gateway',
  },
  'budget.headers': {
    claim: 'answers carry the usage-limit headers of the caller and warn when a threshold is passed',
    source: 'specification: inference gateway',
  },
  'budget.usage': {
    claim: 'GET /api/oauth/usage tells a caller how it stands in its budgets',
    source: 'specification: inference gateway',
  },
  'budget.shared': {
    claim: 'budgets hold across processes, restarts and the loss of the database',
    source: 'specification: inference gateway',
  },
  'budget.command-line': {
    claim: 'admin budgets list, show, set, reset and usage work beside a running server, which takes edits over',
    source: 'specification: inference gateway',
  },
  'rate.multipliers': {
    claim: '300 requests a minute per session with role multipliers, enforced',
    source: 'seed: CISO',
  },
  'rate.shared': {
    claim: 'several processes on one database share a limit and never exceed it',
    source: 'ARCHITECTURE: scale',
  },
  'secrets.patterns': {
    claim: 'at least 100 secret rules over at least 70 vendors deny secrets in arguments, prompts and results',
    source: 'seed: 35+ patterns',
  },
  'secrets.encoded': { claim: 'encoded, split and obfuscated secrets are found too', source: 'SECURITY' },
  'secrets.known-values': {
    claim: 'every value in the secret store is recognised wherever it appears',
    source: 'SECURITY',
  },
  'secrets.no-false-alarm': { claim: 'no finding on a thousand ordinary developer arguments', source: 'README' },
  'secrets.even-admin': { claim: 'a secret is denied whatever the role', source: 'seed: hero recording' },

  'store.encrypted': {
    claim: 'credentials lie in a ChaCha20-Poly1305 store; every changed bit is refused',
    source: 'seed: CISO',
  },
  'store.child-only': {
    claim: 'a credential is injected into the one child that was granted it and into no other',
    source: 'seed: credential injection',
  },
  'store.never-printed': {
    claim: 'a credential never appears in a log, a row or an error',
    source: 'seed: credential injection',
  },

  'audit.eighteen-columns': { claim: 'every decision lands in one 18-column table', source: 'seed: CISO' },
  'audit.one-query': { claim: 'one query, one row answers who, what, why, result and cost', source: 'seed: CISO' },
  'audit.six-ids': {
    claim: 'six correlation ids bind identity; a record without them does not compile',
    source: 'seed: CISO',
  },
  'audit.durable-before-effect': { claim: 'a decision is durable before its effect starts', source: 'ARCHITECTURE' },
  'audit.tamper-evident': {
    claim: 'infra audit verify proves that no record was edited, removed, inserted, reordered or truncated',
    source: 'ARCHITECTURE',
  },
  'audit.append-only': {
    claim: 'audit rows cannot be updated or deleted by the application',
    source: 'CONTRACT: tables',
  },
  'audit.database-away': {
    claim: 'the decision path does not wait for PostgreSQL; an outage loses no record',
    source: 'ARCHITECTURE',
  },
  'audit.story': { claim: 'infra logs audit tells the full trace of any request', source: 'seed: first five minutes' },

  'identity.local-jwt': { claim: 'tokens are verified locally, HS256, offline', source: 'seed: pipeline' },
  'identity.pat': {
    claim: 'personal access tokens are hashed, shown once, revoked within a second',
    source: 'seed: cowork',
  },
  'identity.mid-stream': {
    claim: 'a credential that ends takes down what is open under it, in mid-stream',
    source: 'SECURITY',
  },
  'identity.not-from-body': {
    claim: 'nothing about identity is read from a body or an unauthenticated header',
    source: 'SECURITY',
  },

  'gateway.messages': {
    claim: 'POST /v1/messages at the Anthropic wire format; SDK-compatible',
    source: 'seed: gateway',
  },
  'gateway.byte-proxy': {
    claim: 'Anthropic is a transparent byte proxy, streams preserved verbatim',
    source: 'seed: gateway',
  },
  'gateway.first-match': {
    claim: 'routes evaluate in order; the first model_pattern match wins; upstream_model aliases',
    source: 'seed: gateway',
  },
  'gateway.off-by-profile': { claim: 'the /v1 endpoints mount only when gateway.enabled', source: 'seed: gateway' },
  'gateway.keys-from-store': { claim: 'upstream keys resolve from the secret store by name', source: 'seed: gateway' },
  'gateway.cost-microdollars': { claim: 'cost is integer microdollars per request', source: 'seed: integrations' },
  'gateway.request-row': {
    claim: 'each request lands a row in ai_requests with ids, tokens, cost and latency',
    source: 'seed: cowork',
  },
  'gateway.response-cache': {
    claim: 'a route with a cache answers repeated requests from memory, within one tenant, role and department',
    source: 'docs/guides/gateway.md',
  },

  'mcp.unmodified-client': {
    claim: 'an unmodified MCP client lists and calls tools of a governed server',
    source: 'seed: first five minutes',
  },
  'mcp.denied-before-process': { claim: 'a denied call leaves no process', source: 'seed: hero recording' },
  'mcp.no-orphans': { claim: 'no child outlives the gateway, also after kill -9', source: 'SECURITY' },
  'hooks.always-200': { claim: 'the govern hook always answers 200 with a decision', source: 'seed: PreToolUse' },
  'hooks.track-dedup': { claim: 'tracked hook events are stored once', source: 'seed: demos' },

  'config.unknown-keys': {
    claim: 'unknown keys fail loudly, with file, line, column and the nearest known key',
    source: 'seed: configuration',
  },
  'config.flat-yaml': {
    claim: 'runtime configuration is YAML under services/; every change is a diff',
    source: 'seed: configuration',
  },
  'config.reload': { claim: 'a broken edit keeps the running configuration and says so', source: 'CONTRACT: starting' },
  'cli.json': { claim: 'every command has machine output and a stable exit code', source: 'seed: CLI' },
  'cli.completion': {
    claim: 'the tab key completes commands, options and known names in bash, zsh and fish, and evaluates nothing',
    source: 'README',
  },
  'cli.doctor': { claim: 'doctor checks the installation and gives each problem its remedy', source: 'README' },
  'demos.assert': { claim: 'every demo asserts what it shows', source: 'seed: scripted demos' },
  'speed.govern': {
    claim: 'govern serves at least 3,308 requests a second with every check and the journal on',
    source: 'seed: performance',
    pending: 'a rate is measured by npm run bench, never asserted by a test',
  },

  'seed.airgap': {
    claim: 'the same artifact runs on a laptop, a VM and an air-gapped appliance',
    source: 'seed: CISO',
    pending: 'needs the air-gap scenario',
  },
  'seed.retention': {
    claim: 'tiered log retention from debug (1 day) to error (90 days)',
    source: 'seed: CISO',
    pending: RETENTION,
  },
  'seed.identity-events': { claim: '10 identity lifecycle event variants', source: 'seed: CISO' },
  'seed.siem': {
    claim: 'SIEM-ready JSON events for Splunk, ELK, Datadog and Sumo',
    source: 'seed: CISO',
    pending: 'needs the event sinks',
  },
  'seed.department-scoping': {
    claim: 'department scoping of tools and models',
    source: 'seed: CISO',
    pending: IDENTITY,
  },
  'seed.console': {
    claim: 'admin UI with a live audit table and session viewer',
    source: 'seed: first five minutes',
    pending: CONSOLE,
  },
  'seed.analytics': {
    claim: 'analytics overview with costs and anomalies above 2x and 3x of the rolling average',
    source: 'seed: first five minutes',
    pending: ANALYTICS,
  },
  'seed.nine-analytics': { claim: 'nine analytics subcommands', source: 'seed: recordings', pending: ANALYTICS },
  'seed.providers': {
    claim: 'anthropic, openai, moonshot, qwen, gemini and minimax upstreams, converted in full',
    source: 'seed: gateway',
  },
  'seed.custom-provider': {
    claim: 'extensions register upstreams by tag and may shadow a built-in with a warning',
    source: 'seed: gateway',
  },
  'seed.helper': {
    claim: 'the credential helper prints exactly one JSON object',
    source: 'seed: cowork',
    pending: CLIENTS,
  },
  'seed.helper-sync': {
    claim: 'install, sync, validate and uninstall manage the signed org-plugins mount',
    source: 'seed: cowork',
    pending: CLIENTS,
  },
  'seed.helper-ladder': {
    claim: 'mTLS, session and PAT exchanges at /v1/gateway/auth/cowork',
    source: 'seed: gateway',
    pending: CLIENTS,
  },
  'seed.mcp-oauth': {
    claim: 'each MCP server is an isolated OAuth2 resource server with scope validation',
    source: 'seed: recordings',
    pending: MCP,
  },
  'seed.mcp-http': { claim: 'MCP of both eras over every transport', source: 'seed: headline', pending: MCP },
  'seed.agents-introspect': {
    claim: 'agents query their own error rate, cost and latency via MCP tools',
    source: 'seed: recordings',
    pending: AGENTS,
  },
  'seed.skills': { claim: 'skills persist across sessions via OAuth2', source: 'seed: recordings', pending: AGENTS },
  'seed.publisher': {
    claim: 'the same process serves the web site, blog and documentation',
    source: 'seed: recordings',
    pending: PUBLISHER,
  },
  'seed.environments': {
    claim: 'profile YAML promotes environments without rebuilding',
    source: 'seed: recordings',
    pending: CLOUD,
  },
  'seed.eight-domains': {
    claim: 'eight CLI domains cover every operational surface',
    source: 'seed: CLI',
    pending: 'the domains cloud, analytics, web and build come with their features',
  },
  'seed.extensions': {
    claim: 'your code joins the process through the extension contract',
    source: 'seed: recordings',
  },
  'seed.demos-43': {
    claim: '43 scripted demos execute every claim',
    source: 'seed: demos',
    pending: 'the demos of later parts come with them',
  },
} as const satisfies Readonly<Record<string, Claim>>;

export type ClaimId = keyof typeof CLAIMS;
