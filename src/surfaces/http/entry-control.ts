import type { Reply } from '#foundation/http/exchange';
import type { IdSource } from '#foundation/ids';
import type { Logger } from '#foundation/logging';
import type { Governor } from '#governance/governor';
import { anonymousPrincipal } from '#governance/identity/anonymous';
import type { AuthenticationFailure } from '#governance/identity/authentication-failure';
import type { Authenticator } from '#governance/identity/authenticator';
import { beginCorrelation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';
import type { BoundSession, SessionBinder } from '#governance/identity/session-binding';
import type { CallKind } from '#governance/policy/call';
import { authenticationError } from './authentication-error.ts';
import { presentedCredential } from './credential.ts';
import type { Caller, Endpoint, EndpointAuth } from './endpoint.ts';
import { renderError } from './error-format.ts';
import type { RefusalBudget } from './refusal-budget.ts';
import type { Arrival } from './server.ts';

export type Admission = { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly reply: Reply };

/** Decides at the door who may reach a row's handler; what is refused on a governed row is recorded. */
export type EntryControl = { admit(endpoint: Endpoint, arrival: Arrival): Admission | Promise<Admission> };

export type EntryControlDeps = {
  readonly authenticator: Authenticator;
  readonly sessions: SessionBinder;
  readonly governor: Governor;
  readonly refusals: RefusalBudget;
  readonly ids: IdSource;
  readonly logger: Logger;
};

export function createEntryControl(deps: EntryControlDeps): EntryControl {
  function admit(endpoint: Endpoint, arrival: Arrival): Admission | Promise<Admission> {
    const { auth } = endpoint;
    if (auth.kind === 'none') throw new TypeError('an open row admits everyone');
    if (auth.kind === 'loopback_or_admin' && isLoopback(arrival)) return admitted(anonymousPrincipal(), arrival);
    const presented = presentedCredential(arrival.request, auth.kind === 'credential' && auth.cookie === true);
    if (presented.kind === 'ambiguous') {
      return refuse(endpoint, arrival, { code: 'ambiguous', message: 'the request carries two different credentials' });
    }
    const scope = auth.kind === 'credential' ? auth.scope : undefined;
    const result = deps.authenticator.authenticate({
      credential: presented.kind === 'value' ? presented.value : undefined,
      audience: audienceOf(auth, arrival),
      ...(scope === undefined ? {} : { scope }),
    });
    // A cached credential is judged without leaving the event loop's turn.
    return result instanceof Promise ? result.then((settled) => conclude(settled)) : conclude(result);

    function conclude(settled: Awaited<typeof result>): Admission | Promise<Admission> {
      if (!settled.ok) return refuse(endpoint, arrival, settled.failure);
      const roles = auth.kind === 'credential' ? auth.roles : (['admin'] as const);
      if (roles !== undefined && !roles.includes(settled.principal.role)) {
        const message = `the role ${settled.principal.role} may not use this endpoint`;
        return refuse(endpoint, arrival, { code: 'insufficient_role', message });
      }
      return admitted(settled.principal, arrival);
    }
  }

  function admitted(principal: Principal, arrival: Arrival): Admission | Promise<Admission> {
    const { headers } = arrival.request;
    const named = textHeader(headers['x-session-id']) ?? textHeader(headers['x-claude-code-session-id']);
    const bound = deps.sessions.bind(principal, named);
    // A name that this process knows is bound at once; a new one is claimed in the database first.
    return bound instanceof Promise
      ? bound.then((settled) => withSession(settled, principal, arrival))
      : withSession(bound, principal, arrival);
  }

  function withSession(bound: BoundSession, principal: Principal, arrival: Arrival): Admission {
    const { headers } = arrival.request;
    if (!bound.ok) {
      return { ok: false, reply: renderError(bound.error, 'problem', arrival.requestId) };
    }
    const correlation = beginCorrelation(
      { userId: principal.userId, clientId: principal.clientId, sessionId: bound.sessionId },
      {
        traceparent: `00-${arrival.traceId}-0000000000000001-01`,
        contextId: textHeader(headers['x-context-id']),
        taskId: textHeader(headers['x-task-id']),
      },
      deps.ids,
    );
    return { ok: true, caller: { principal, correlation } };
  }

  async function refuse(endpoint: Endpoint, arrival: Arrival, failure: AuthenticationFailure): Promise<Admission> {
    if (endpoint.refusedAs !== undefined && deps.refusals.take(arrival.request.socket.remoteAddress ?? '')) {
      await recordRefusal(endpoint.refusedAs, arrival, failure);
    }
    const reply = renderError(authenticationError(failure), endpoint.errors, arrival.requestId);
    const challenge = endpoint.auth.kind === 'credential' ? endpoint.auth.challenge : undefined;
    if (challenge === undefined || (reply.status !== 401 && reply.status !== 403)) return { ok: false, reply };
    const origin = `http://${arrival.request.headers.host ?? 'localhost'}`;
    const headers = { ...reply.headers, 'www-authenticate': challenge(arrival.params, origin) };
    return { ok: false, reply: { ...reply, headers } };
  }

  /** The refusal stands whether or not it could be written down: there is no effect to hold back. */
  async function recordRefusal(kind: CallKind, arrival: Arrival, failure: AuthenticationFailure): Promise<void> {
    const principal = anonymousPrincipal();
    const correlation = beginCorrelation(
      { userId: principal.userId, clientId: principal.clientId, sessionId: null },
      { traceparent: `00-${arrival.traceId}-0000000000000001-01` },
      deps.ids,
    );
    const toolName = `${arrival.request.method} ${arrival.path}`.slice(0, 200);
    const call = {
      kind,
      principal,
      correlation,
      toolName,
      server: arrival.params.server ?? null,
      pluginId: arrival.query.get('plugin_id'),
      agent: null,
      toolUseId: null,
      content: [],
      history: [],
    };
    try {
      await deps.governor.recordRefusal(
        call,
        {
          outcome: 'deny',
          policy: 'authentication',
          reason: failure.message,
          redactions: [],
          retryAfterMs: null,
          findings: [
            { check: 'authentication', result: 'deny', rule: failure.code, detail: failure.message, durationMicros: 0 },
          ],
        },
        arrival.requestId,
      );
    } catch (error) {
      deps.logger.error({ err: error, requestId: arrival.requestId }, 'a refused authentication could not be recorded');
    }
  }

  return { admit };
}

function audienceOf(auth: Exclude<EndpointAuth, { kind: 'none' }>, arrival: Arrival): string {
  return typeof auth.audience === 'string' ? auth.audience : auth.audience(arrival.params);
}

function isLoopback(arrival: Arrival): boolean {
  const address = arrival.request.socket.remoteAddress ?? '';
  const forwarded = arrival.request.headers['x-forwarded-for'] ?? arrival.request.headers.forwarded;
  return forwarded === undefined && (address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1');
}

function textHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
