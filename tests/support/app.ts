/** The whole product in this process: a home, a database and a port of its own, and an upstream that counts. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatConfigProblem } from '#foundation/config-file/config-problem';
import { createIdSource, type IdSource } from '#foundation/ids';
import { createLifecycle } from '#foundation/lifecycle';
import { silentLogger } from '#foundation/logging';
import type { Database } from '#foundation/postgres/database';
import { type Clock, systemClock } from '#foundation/time';
import { type AccessTokenClaims, formatClaims } from '#governance/identity/access-token';
import { localActor } from '#governance/identity/local-actor';
import type { Role } from '#governance/identity/role';
import type { User } from '#governance/identity/user';
import { type App, buildApp } from '../../src/app/build-app.ts';
import { type Configuration, loadConfiguration } from '../../src/app/configuration/configuration.ts';
import { type Home, homeAt, prepareHome } from '../../src/app/home.ts';
import { loadInstallation } from '../../src/app/installation.ts';
import { openSecrets } from '../../src/app/open-secrets.ts';
import { listen } from './gateway-harness.ts';
import { type HttpAnswer, type HttpQuestion, sendHttp } from './http-client.ts';
import { createTestDatabase } from './postgres.ts';

/** A clock that runs as the machine's does and can be turned forward; timers keep the machine's time. */
export type ShiftedClock = Clock & { advance(milliseconds: number): void };

export type TestAppOptions = {
  /** The profile, as its file would say it; what it leaves out are this harness's defaults. */
  readonly profile?: Readonly<Record<string, unknown>>;
  /** The services tree; without one, a remote MCP server `remote` and two agents. */
  readonly services?: Readonly<Record<string, unknown>>;
};

export type TokenOptions = Partial<AccessTokenClaims> & {
  /** Whose token: the user of this role that the harness keeps. */
  readonly role?: Role;
};

/** The columns of one row of `governance_decisions`. */
export type DecisionRow = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly user_id: string;
  readonly session_id: string;
  readonly agent_scope: string;
  readonly tool_name: string;
  readonly decision: string;
  readonly policy: string;
  readonly reason: string;
  readonly call_kind: string;
  readonly evaluated_rules: {
    readonly findings: readonly { readonly check: string; readonly result: string; readonly rule?: string }[];
    readonly principal: { readonly role: string; readonly credential_kind: string; readonly tenant_id: string };
    readonly tool_use_id: string | null;
    readonly request_id: string;
  };
};

export type TestApp = {
  readonly baseUrl: string;
  readonly port: number;
  readonly app: App;
  readonly database: Database;
  readonly home: Home;
  readonly clock: ShiftedClock;
  /** What arrived at the upstream of every model route and of the MCP server `remote`: method and path. */
  readonly upstream: { readonly arrived: readonly string[]; forget(): void };
  send(question: HttpQuestion): Promise<HttpAnswer>;
  /** A new user. */
  user(role: Role, name?: string): Promise<User>;
  /** A personal access token of the user of this role that the harness keeps. */
  pat(role?: Role): Promise<string>;
  /** Resolves when this process has heard of it, as it does of a revocation by any other process. */
  revoke(pat: string): Promise<void>;
  /** A token by the real signer; any claim may be chosen. */
  token(audiences: string | readonly string[], options?: TokenOptions): Promise<string>;
  /** The decisions recorded so far, in their order. */
  decisions(): Promise<readonly DecisionRow[]>;
  dispose(): Promise<void>;
};

const STOP_MS_MAX = 10_000;
const TOKEN_LIFETIME_MS = 3_600_000;

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const clock = shiftedClock();
  const ids = createIdSource(clock.nowMs);
  const upstream = await startUpstream();
  const home = homeAt(mkdtempSync(join(tmpdir(), 'systemprompt-app-')), 'test');
  prepareHome(home);
  const test = await createTestDatabase();
  const loaded = await configure(home, {
    profile: { gateway: gatewayTo(upstream.url), ...options.profile },
    services: options.services ?? { ...REMOTE_AGENTS, mcp_servers: { remote: remoteServer(upstream.url) } },
  });
  const common = { home, clock, ids, logger: silentLogger };
  const app = buildApp({
    ...common,
    configuration: () => loaded,
    configurationProblems: () => [],
    database: test.database,
    secrets: openSecrets({ ...common, config: loaded.profile.secrets, environment: {} }),
    installation: loadInstallation(home, ids),
    host: '127.0.0.1',
    port: 0,
    version: '0.0.0-test',
    childHost: { path: process.env.PATH ?? '', language: 'C.UTF-8' },
  });
  const lifecycle = createLifecycle(app.parts, clock, STOP_MS_MAX);
  await lifecycle.start();
  const port = app.server.port();
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    baseUrl,
    port,
    app,
    database: test.database,
    home,
    clock,
    upstream,
    send: (question) => sendHttp(port, question),
    ...credentials(app, clock, ids),
    async decisions() {
      await app.audit.caughtUp(STOP_MS_MAX);
      return test.database.query<DecisionRow>('SELECT * FROM governance_decisions ORDER BY seq');
    },
    async dispose() {
      const problems = await lifecycle.stop();
      await upstream.close();
      await test.drop();
      rmSync(home.root, { recursive: true, force: true });
      if (problems.length > 0) throw new Error(`did not stop cleanly: ${JSON.stringify(problems)}`);
    },
  };
}

function credentials(app: App, clock: Clock, ids: IdSource): Pick<TestApp, 'user' | 'pat' | 'revoke' | 'token'> {
  const desk = app.identity.desk(localActor('system', ids), 'test');
  const kept = new Map<Role, Promise<User>>();
  const user = (role: Role, name: string = ids.uuid()) =>
    desk.createUser({ name, email: `${name}@example.org`, roles: [role], department: null });
  function ofRole(role: Role): Promise<User> {
    const found = kept.get(role) ?? user(role, `kept-${role}`);
    kept.set(role, found);
    return found;
  }
  return {
    user,
    async pat(role = 'user') {
      return (await desk.issuePat((await ofRole(role)).id, { name: 'test' })).secret;
    },
    async revoke(pat) {
      const heard = new Promise<void>((resolve) => {
        app.identity.feed.onChange((change) => {
          if (change.kind === 'all' || pat.startsWith(change.id)) resolve();
        });
      });
      await desk.revokePat(pat);
      await heard;
    },
    async token(audiences, { role = 'user', ...claims } = {}) {
      const owner = await ofRole(role);
      const nowMs = clock.nowMs();
      return app.identity.signing().signer.sign(
        formatClaims({
          issuer: 'systemprompt',
          userId: owner.id,
          tenantId: owner.tenantId,
          audiences: typeof audiences === 'string' ? [audiences] : audiences,
          scopes: ['*'],
          clientId: 'test',
          sessionId: null,
          tokenId: ids.uuid(),
          issuedAtMs: nowMs,
          notBeforeMs: nowMs,
          expiresAtMs: nowMs + TOKEN_LIFETIME_MS,
          ...claims,
        }),
      );
    },
  };
}

function shiftedClock(): ShiftedClock {
  let shiftMs = 0;
  return {
    nowMs: () => systemClock.nowMs() + shiftMs,
    monotonicMs: () => systemClock.monotonicMs() + shiftMs,
    after: systemClock.after,
    advance(milliseconds) {
      shiftMs += milliseconds;
    },
  };
}

/** JSON is YAML, so the product's own loader reads what a test wrote down as an object. */
async function configure(
  home: Home,
  roots: { readonly profile: Record<string, unknown>; readonly services: Record<string, unknown> },
): Promise<Configuration> {
  const servicesDirectory = join(home.root, 'services');
  const servicesFile = join(servicesDirectory, 'config', 'config.yaml');
  for (const [file, value] of [
    [home.profileFile, roots.profile],
    [servicesFile, roots.services],
  ] as const) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(value));
  }
  const loaded = await loadConfiguration({ profileFile: home.profileFile, servicesDirectory, home: home.root }, {});
  if (!loaded.ok) throw new Error(loaded.problems.map(formatConfigProblem).join('\n'));
  return loaded.value;
}

/** A gateway whose every model goes to `url`. */
export function gatewayTo(url: string): Record<string, unknown> {
  return {
    enabled: true,
    routes: [{ model_pattern: '*', provider: 'anthropic', endpoint: `${url}/v1`, allow_unpriced: true }],
  };
}

function remoteServer(url: string): Record<string, unknown> {
  return { type: 'http', url: `${url}/mcp`, isolation: 'shared', oauth: { required: true, audience: 'remote' } };
}

const REMOTE_AGENTS = {
  agents: {
    developer_agent: { name: 'developer_agent', port: 9101, oauth: { scopes: ['admin'] } },
    associate_agent: { name: 'associate_agent', port: 9102, oauth: { scopes: ['user'] } },
  },
  governance: { policies: [{ id: 'scope_check', admin_only_prefixes: ['mcp__systemprompt__'] }] },
};

/** Answers as a model provider does, to whatever is asked, and keeps a list. */
async function startUpstream() {
  const arrived: string[] = [];
  const server = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(MESSAGE);
  });
  const url = await listen(server);
  return {
    url,
    arrived,
    forget: () => void arrived.splice(0),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const MESSAGE = JSON.stringify({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
  input_tokens: 1,
});
