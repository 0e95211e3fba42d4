import type { Exchange, Reply } from '#foundation/http/exchange';
import type { Caller, Endpoint, EndpointAuth } from './endpoint.ts';

type Handler = (exchange: Exchange, caller: Caller) => Promise<Reply | undefined>;
type OpenHandler = (exchange: Exchange) => Promise<Reply | undefined>;

/** What the rows call; each is the door of a feature or a page of this surface. */
export type EndpointHandlers = {
  readonly health: OpenHandler;
  readonly livez: OpenHandler;
  readonly readyz: OpenHandler;
  readonly hello: OpenHandler;
  readonly metrics: Handler;
  readonly home: OpenHandler;
  readonly signIn: OpenHandler;
  readonly console: Handler;
  readonly caughtUp: Handler;
  readonly auditCheckpoint: Handler;
  readonly modelStatus: Handler;
  readonly mcpStatus: Handler;
  readonly mcpTools: Handler;
  readonly mcpCall: Handler;
  readonly mcpLogs: Handler;
  readonly govern: Handler;
  readonly track: Handler;
  readonly mcp: Handler;
  readonly mcpMetadata: OpenHandler;
  /** The audience of a declared server. */
  readonly mcpAudience: (server: string) => string | null;
  /** Absent when the gateway is disabled: then nothing is mounted below `/v1`. */
  readonly gateway: {
    readonly messages: Handler;
    readonly countTokens: Handler;
    readonly chatCompletions: Handler;
    readonly responses: Handler;
    readonly responsesCountTokens: Handler;
    readonly embeddings: Handler;
    readonly generateContent: Handler;
    readonly geminiCountTokens: Handler;
    readonly models: Handler;
    readonly model: Handler;
    readonly geminiModels: Handler;
    readonly geminiModel: Handler;
    readonly usage: Handler;
  } | null;
};

export type EndpointLimits = {
  readonly messageBytesMax: number;
  readonly hookBytesMax: number;
  readonly mcpBytesMax: number;
};

const SMALL_BYTES_MAX = 65_536;
const NO_BODY = 0;

const OPEN = { kind: 'none' } as const;
const ADMIN: EndpointAuth & { kind: 'credential' } = {
  kind: 'credential',
  audience: 'api',
  roles: ['admin'],
  cookie: true,
};
const MODELS: EndpointAuth & { kind: 'credential' } = { kind: 'credential', audience: 'models' };
function mcpServer(audience: (server: string) => string | null): EndpointAuth & { kind: 'credential' } {
  return {
    kind: 'credential',
    // A server that does not exist has no audience, and no token names the empty one.
    audience: (params) => audience(params.server ?? '') ?? '',
    challenge: (params, origin) =>
      `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/api/v1/mcp/${params.server ?? ''}/mcp"`,
  };
}

function hook(scope: string): EndpointAuth & { kind: 'credential' } {
  return { kind: 'credential', audience: 'hooks', scope };
}

/** Every endpoint there is. A row without `auth` does not compile; a test attacks every row. */
export function endpointTable(handlers: EndpointHandlers, limits: EndpointLimits): readonly Endpoint[] {
  const { messageBytesMax, hookBytesMax, mcpBytesMax } = limits;
  const small = { bodyBytesMax: SMALL_BYTES_MAX, errors: 'problem' } as const;
  const none = { bodyBytesMax: NO_BODY, errors: 'problem' } as const;
  const mcp = {
    path: '/api/v1/mcp/{server}/mcp',
    auth: mcpServer(handlers.mcpAudience),
    errors: 'json_rpc',
    refusedAs: 'tool_call',
  } as const;
  return [
    { method: 'GET', path: '/health', auth: OPEN, ...none, handler: handlers.health },
    { method: 'GET', path: '/livez', auth: OPEN, ...none, handler: handlers.livez },
    { method: 'GET', path: '/readyz', auth: OPEN, ...none, handler: handlers.readyz },
    { method: 'GET', path: '/api/hello', auth: OPEN, ...none, handler: handlers.hello },
    {
      method: 'GET',
      path: '/metrics',
      auth: { kind: 'loopback_or_admin', audience: 'api' },
      ...none,
      handler: handlers.metrics,
    },

    { method: 'GET', path: '/', auth: OPEN, ...none, handler: handlers.home },
    { method: 'GET', path: '/sign-in', auth: OPEN, ...none, handler: handlers.signIn },
    { method: 'POST', path: '/sign-in', auth: OPEN, ...small, handler: handlers.signIn },
    {
      method: 'GET',
      path: '/admin',
      auth: { kind: 'credential', audience: 'web', cookie: true },
      ...none,
      handler: handlers.console,
    },

    {
      method: 'POST',
      path: '/api/public/hooks/govern',
      auth: hook('hook:govern'),
      bodyBytesMax: hookBytesMax,
      errors: 'hook',
      refusedAs: 'hook',
      handler: handlers.govern,
    },
    {
      method: 'POST',
      path: '/api/public/hooks/track',
      auth: hook('hook:track'),
      bodyBytesMax: hookBytesMax,
      errors: 'problem',
      handler: handlers.track,
    },

    { method: 'POST', ...mcp, bodyBytesMax: mcpBytesMax, handler: handlers.mcp },
    { method: 'GET', ...mcp, bodyBytesMax: NO_BODY, handler: handlers.mcp },
    { method: 'DELETE', ...mcp, bodyBytesMax: NO_BODY, handler: handlers.mcp },
    {
      method: 'GET',
      path: '/.well-known/oauth-protected-resource/api/v1/mcp/{server}/mcp',
      auth: OPEN,
      ...none,
      handler: handlers.mcpMetadata,
    },

    ...gatewayRows(handlers.gateway, messageBytesMax),

    { method: 'POST', path: '/api/v1/admin/audit/caught-up', auth: ADMIN, ...small, handler: handlers.caughtUp },
    {
      method: 'POST',
      path: '/api/v1/admin/audit/checkpoint',
      auth: ADMIN,
      ...small,
      handler: handlers.auditCheckpoint,
    },
    { method: 'GET', path: '/api/v1/admin/models', auth: ADMIN, ...none, handler: handlers.modelStatus },
    { method: 'GET', path: '/api/v1/admin/mcp', auth: ADMIN, ...none, handler: handlers.mcpStatus },
    { method: 'GET', path: '/api/v1/admin/mcp/{server}/tools', auth: ADMIN, ...none, handler: handlers.mcpTools },
    {
      method: 'POST',
      path: '/api/v1/admin/mcp/{server}/tools/{tool}',
      auth: ADMIN,
      bodyBytesMax: mcpBytesMax,
      errors: 'problem',
      handler: handlers.mcpCall,
    },
    { method: 'GET', path: '/api/v1/admin/mcp/{server}/logs', auth: ADMIN, ...none, handler: handlers.mcpLogs },
  ];
}

/** The models' doors; none while the gateway is disabled. */
export function gatewayRows(gateway: EndpointHandlers['gateway'], messageBytesMax: number): readonly Endpoint[] {
  if (gateway === null) return [];
  const common = { auth: MODELS, refusedAs: 'model_request' } as const;
  const anthropic = { ...common, errors: 'anthropic' } as const;
  const openai = { ...common, errors: 'openai' } as const;
  const gemini = { ...common, errors: 'gemini' } as const;
  const post = { method: 'POST', bodyBytesMax: messageBytesMax } as const;
  const get = { method: 'GET', bodyBytesMax: NO_BODY } as const;
  return [
    { ...post, path: '/v1/messages', ...anthropic, handler: gateway.messages },
    { ...post, path: '/v1/messages/count_tokens', ...anthropic, handler: gateway.countTokens },
    { ...get, path: '/v1/models', ...anthropic, handler: gateway.models },
    { ...get, path: '/v1/models/{id}', ...anthropic, handler: gateway.model },

    { ...post, path: '/v1/chat/completions', ...openai, handler: gateway.chatCompletions },
    { ...post, path: '/v1/responses', ...openai, handler: gateway.responses },
    { ...post, path: '/v1/responses/input_tokens', ...openai, handler: gateway.responsesCountTokens },
    { ...post, path: '/v1/embeddings', ...openai, handler: gateway.embeddings },

    ...['/v1beta/models', '/v1/models'].flatMap((models): readonly Endpoint[] => [
      { ...post, path: `${models}/{model}:generateContent`, ...gemini, handler: gateway.generateContent },
      { ...post, path: `${models}/{model}:streamGenerateContent`, ...gemini, handler: gateway.generateContent },
      { ...post, path: `${models}/{model}:countTokens`, ...gemini, handler: gateway.geminiCountTokens },
    ]),
    { ...get, path: '/v1beta/models', ...gemini, handler: gateway.geminiModels },
    { ...get, path: '/v1beta/models/{id}', ...gemini, handler: gateway.geminiModel },
    { ...get, path: '/api/oauth/usage', ...anthropic, handler: gateway.usage },
  ];
}
