import { WIRES } from '#features/gateway/config';
import { type ProbeRequest, probeRequest, type RouteTrial, tryRoute } from '#features/gateway/try-route';
import { OperatingError } from '#foundation/errors';
import type { JsonObject } from '#foundation/json';
import { truncate } from '#foundation/text';
import { tenantIdOf } from '#governance/identity/branded-ids';
import { highestRole, ROLES } from '#governance/identity/role';
import type { User } from '#governance/identity/user';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { argument, choice, flag, text } from '#surfaces/cli/parameters';
import type { CliServices } from '#surfaces/cli/services';

const SEND_MS_MAX = 120_000;
const CREDENTIAL_MS = 120_000;
const ANSWER_CHARACTERS = 300;

export const command = defineCommand({
  effect: 'none',
  details: `Tells which route a small request for the model would take by the files as they are, and the upstreams in the
order in which they would be asked. With --send the request is made, through the running server and in the name of the
user: judged, recorded and paid for like any other. Exits 4 when it was denied and 7 when it failed.`,
  arguments: { model: argument('model', 'as a client would name it') },
  options: {
    user: text('--user <user>', 'for this user: id or e-mail; needs the database'),
    role: choice('--role <role>', 'for a caller of this role; user when left out', ROLES),
    department: text('--department <name>', 'for a caller of this department'),
    dialect: choice('--dialect <dialect>', 'as the client speaks; anthropic when left out', WIRES),
    stream: flag('--stream', 'ask for a streamed answer'),
    send: flag('--send', 'really ask; needs --user and a running server'),
  },
  examples: [
    { line: 'admin config gateway route test claude-sonnet-4-5', shows: 'where it would go' },
    { line: 'admin config gateway route test gpt-5 --department research --dialect openai-chat', shows: 'for whom' },
    { line: 'admin config gateway route test fast --user ada@example.com --send', shows: 'whether it answers' },
  ],
  async run({ args, options, services }) {
    const { model } = args;
    const wire = options.dialect ?? 'anthropic';
    if (options.send && options.user === undefined) {
      throw new OperatingError('invalid_input', 'usage', '--send is in the name of a user', {
        remedy: 'add --user <id or e-mail>',
      });
    }
    const user = options.user === undefined ? undefined : await (await services.identity()).findUser(options.user);
    const caller = callerOf(user, options);
    const trial = tryRoute(await services.routes().setup(), { model, wire, isStreaming: options.stream }, caller);
    const item = { model, dialect: wire, ...caller, ...trialView(trial) };
    if (!options.send || user === undefined) return itemOf(item);
    const sent = await send(probeRequest(model, wire, options.stream), user, services);
    return { ...itemOf({ ...item, sent }), exitCode: exitCodeOf(sent.status) };
  },
});

type Named = { readonly role: User['roles'][number] | undefined; readonly department: string | undefined };

function callerOf(user: User | undefined, { role, department }: Named) {
  return {
    role: role ?? (user === undefined ? 'user' : highestRole(user.roles)),
    department: department ?? user?.department ?? null,
    tenantId: user?.tenantId ?? tenantIdOf('default'),
  };
}

function trialView({ plan, passedOver }: RouteTrial): JsonObject {
  return {
    route: plan.id,
    pattern: plan.route.pattern,
    passed_over: passedOver,
    upstreams: plan.candidates.map(({ route, upstreamModel, wire }) => ({
      provider: route.provider.name,
      endpoint: route.endpoint ?? null,
      model: upstreamModel,
      dialect: wire,
      secret: route.apiKeySecret ?? null,
    })),
  };
}

async function send({ path, body }: ProbeRequest, user: User, services: CliServices) {
  const server = await services.server();
  const identity = await services.identity();
  const login = { email: user.email ?? user.id, audiences: ['models'], durationMs: CREDENTIAL_MS };
  const { token } = await identity.login(login);
  const headers = { authorization: `Bearer ${token}` };
  const reply = await server.call({ method: 'POST', path, body, headers, timeoutMs: SEND_MS_MAX });
  return {
    status: reply.status,
    request_id: reply.headers['x-systemprompt-request-id'] ?? null,
    conversion: reply.headers['x-systemprompt-conversion'] ?? null,
    answer: truncate(reply.text, ANSWER_CHARACTERS),
  };
}

function exitCodeOf(status: number): number {
  if (status < 400) return 0;
  return status === 403 || status === 429 ? 4 : 7;
}
