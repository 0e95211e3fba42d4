import { parseHookEvent } from '#features/clients/hook-event';
import type { OperatingError } from '#foundation/errors';
import type { Reply } from '#foundation/http/exchange';
import type { IdSource } from '#foundation/ids';
import { parseJsonBytes } from '#foundation/json';
import type { Logger } from '#foundation/logging';
import type { Governor } from '#governance/governor';
import { anonymousPrincipal } from '#governance/identity/anonymous';
import { authenticationFailure } from '#governance/identity/authentication-failure';
import type { AuthenticationResult, Authenticator } from '#governance/identity/authenticator';
import { beginCorrelation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';
import type { BoundSession, SessionBinder } from '#governance/identity/session-binding';
import type { Call, CallKind } from '#governance/policy/call';
import type { Decision } from '#governance/policy/decision';
import { authenticationError, isUnknowable } from './authentication-error.ts';
import { presentedCredential } from './credential.ts';
import type { Caller, EndpointAuth, GuardedEndpoint } from './endpoint.ts';
import { renderError } from './error-format.ts';
import { readBody } from './read-body.ts';
import type { RefusalBudget } from './refusal-budget.ts';
import type { Arrival } from './server.ts';

export type Admission = { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly reply: Reply };

/** Decides at the door who may reach a row's handler; what is refused on a governed row is recorded. */
export type EntryControl = {
  admit(endpoint: GuardedEndpoint, arrival: Arrival): Admission | Promise<Admission>;
  /** Why who was admitted would not be admitted again; undefined as well when nobody can tell now. */
  whyEnded(endpoint: GuardedEndpoint, arrival: Arrival): Promise<OperatingError | undefined>;
};

export type EntryControlDeps = {
  readonly authenticator: Authenticator;
  readonly sessions: SessionBinder;
  readonly governor: Governor;
  readonly refusals: RefusalBudget;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export function createEntryControl(deps: EntryControlDeps): EntryControl {
  function admit(endpoint: GuardedEndpoint, arrival: Arrival): Admission | Promise<Admission> {
    const { auth } = endpoint;
    if (auth.kind === 'loopback_or_admin' && isLoopback(arrival))
      return admitted(anonymousPrincipal(), endpoint, arrival);
    const presented = presentedCredential(arrival.request, auth.kind === 'credential' && auth.cookie === true);
    if (presented.kind === 'ambiguous') {
      return refuse(endpoint, arrival, authenticationError(authenticationFailure('ambiguous')));
    }
    const result = authenticate(endpoint, arrival, presented.kind === 'value' ? presented.value : undefined);
    return result instanceof Promise
      ? result.then((settled) => conclude(settled, endpoint, arrival))
      : conclude(result, endpoint, arrival);
  }

  async function whyEnded(endpoint: GuardedEndpoint, arrival: Arrival): Promise<OperatingError | undefined> {
    const presented = presentedCredential(arrival.request, false);
    if (presented.kind !== 'value') return undefined;
    const result = inRole(await authenticate(endpoint, arrival, presented.value), endpoint);
    return result.ok || isUnknowable(result.failure) ? undefined : authenticationError(result.failure);
  }

  function authenticate(
    { auth }: GuardedEndpoint,
    arrival: Arrival,
    credential: string | undefined,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    const scope = auth.kind === 'credential' ? auth.scope : undefined;
    const audience = audienceOf(auth, arrival);
    return deps.authenticator.authenticate({ credential, audience, ...(scope === undefined ? {} : { scope }) });
  }

  function conclude(
    authenticated: AuthenticationResult,
    endpoint: GuardedEndpoint,
    arrival: Arrival,
  ): Admission | Promise<Admission> {
    const result = inRole(authenticated, endpoint);
    return result.ok
      ? admitted(result.principal, endpoint, arrival)
      : refuse(endpoint, arrival, authenticationError(result.failure));
  }

  /** A session name that this process knows is bound at once; a new one is claimed in the database first. */
  function admitted(principal: Principal, endpoint: GuardedEndpoint, arrival: Arrival): Admission | Promise<Admission> {
    const { headers } = arrival.request;
    const named = textHeader(headers['x-session-id']) ?? textHeader(headers['x-claude-code-session-id']);
    const bound = deps.sessions.bind(principal, named);
    return bound instanceof Promise
      ? bound.then((settled) => withSession(settled, principal, endpoint, arrival))
      : withSession(bound, principal, endpoint, arrival);
  }

  function withSession(
    bound: BoundSession,
    principal: Principal,
    endpoint: GuardedEndpoint,
    arrival: Arrival,
  ): Admission | Promise<Admission> {
    if (!bound.ok) return refuse(endpoint, arrival, bound.error, principal);
    const { headers } = arrival.request;
    const correlation = beginCorrelation(
      { userId: principal.userId, clientId: principal.clientId, sessionId: bound.sessionId },
      {
        traceId: arrival.traceId,
        contextId: textHeader(headers['x-context-id']),
        taskId: textHeader(headers['x-task-id']),
      },
      deps.ids,
    );
    return { ok: true, caller: { principal, correlation } };
  }

  async function refuse(
    endpoint: GuardedEndpoint,
    arrival: Arrival,
    error: OperatingError,
    principal: Principal = anonymousPrincipal(),
  ): Promise<Admission> {
    if (endpoint.refusedAs !== undefined && deps.refusals.take(arrival.request.socket.remoteAddress ?? '')) {
      await recordRefusal(endpoint.refusedAs, arrival, error, principal);
    }
    const eventName = endpoint.errors === 'hook' ? await hookEventNameOf(endpoint, arrival) : undefined;
    const reply = renderError(error, endpoint.errors, arrival.requestId, eventName);
    const challenge = endpoint.auth.kind === 'credential' ? endpoint.auth.challenge : undefined;
    if (challenge === undefined || (reply.status !== 401 && reply.status !== 403)) return { ok: false, reply };
    const origin = `http://${arrival.request.headers.host ?? 'localhost'}`;
    const headers = { ...reply.headers, 'www-authenticate': challenge(arrival.params, origin) };
    return { ok: false, reply: { ...reply, headers } };
  }

  /** The refusal stands whether or not it could be written down: there is no effect to hold back. */
  async function recordRefusal(
    kind: CallKind,
    arrival: Arrival,
    error: OperatingError,
    principal: Principal,
  ): Promise<void> {
    const subject = { userId: principal.userId, clientId: principal.clientId, sessionId: principal.sessionId };
    const call: Call = {
      kind,
      principal,
      correlation: beginCorrelation(subject, { traceId: arrival.traceId }, deps.ids),
      toolName: `${arrival.request.method} ${arrival.path}`.slice(0, TOOL_NAME_CHARACTERS_MAX),
      server: arrival.params.server ?? null,
      pluginId: arrival.query.get('plugin_id'),
      agent: null,
      toolUseId: null,
      content: [],
      history: [],
      model: null,
    };
    const { code, message } = error;
    const finding = {
      check: 'authentication',
      result: 'deny',
      rule: code,
      detail: message,
      durationMicros: 0,
    } as const;
    const decision: Decision = {
      outcome: 'deny',
      policy: 'authentication',
      reason: message,
      findings: [finding],
      redactions: [],
      retryAfterMs: null,
    };
    try {
      await deps.governor.recordRefusal(call, decision, arrival.requestId);
    } catch (problem) {
      deps.logger.error(
        { err: problem, requestId: arrival.requestId },
        'a refused authentication could not be recorded',
      );
    }
  }

  return { admit, whyEnded };
}

function inRole(result: AuthenticationResult, { auth }: GuardedEndpoint): AuthenticationResult {
  if (!result.ok) return result;
  const roles = auth.kind === 'credential' ? auth.roles : (['admin'] as const);
  if (roles === undefined || roles.includes(result.principal.role)) return result;
  return { ok: false, failure: authenticationFailure('insufficient_role') };
}

function audienceOf(auth: Exclude<EndpointAuth, { kind: 'none' }>, arrival: Arrival): string {
  return typeof auth.audience === 'string' ? auth.audience : auth.audience(arrival.params);
}

/**
 * The event that a refused caller asked about. Clients take a denial of another event for a broken hook and go on, so
 * this one thing is read from a body that nobody vouches for.
 */
async function hookEventNameOf(endpoint: GuardedEndpoint, arrival: Arrival): Promise<string | undefined> {
  try {
    return parseHookEvent(parseJsonBytes(await readBody(arrival, endpoint.bodyBytesMax))).name;
  } catch {
    return undefined;
  }
}

const TOOL_NAME_CHARACTERS_MAX = 200;

function isLoopback(arrival: Arrival): boolean {
  const address = arrival.request.socket.remoteAddress ?? '';
  const forwarded = arrival.request.headers['x-forwarded-for'] ?? arrival.request.headers.forwarded;
  return forwarded === undefined && (address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1');
}

function textHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
