import type { Exchange, Reply } from '#foundation/http/exchange';
import type { Correlation } from '#governance/identity/correlation';
import type { Principal } from '#governance/identity/principal';
import type { Role } from '#governance/identity/role';
import type { CallKind } from '#governance/policy/call';
import type { ErrorFormat } from './error-format.ts';

/** Who sent an authenticated request, and the ids that every record of it will carry. */
export type Caller = { readonly principal: Principal; readonly correlation: Correlation };

/** How a row proves its caller. There is no default: a row without `auth` does not compile. */
export type EndpointAuth =
  | { readonly kind: 'none' }
  /** Answered on loopback to anyone on this machine, elsewhere to administrators only. */
  | { readonly kind: 'loopback_or_admin'; readonly audience: string }
  | {
      readonly kind: 'credential';
      /** The audience that an access token must name; a function of the path for per-server resources. */
      readonly audience: string | ((params: Readonly<Record<string, string>>) => string);
      readonly scope?: string;
      /** The roles that may call; every role when left out. */
      readonly roles?: readonly Role[];
      /** Whether the browser's session cookie is a credential here. */
      readonly cookie?: boolean;
      /** `WWW-Authenticate` on 401; a function of the path for per-server resources. */
      readonly challenge?: (params: Readonly<Record<string, string>>, origin: string) => string;
    };

export type OpenHandler = (exchange: Exchange) => Promise<Reply | undefined>;
export type CallerHandler = (exchange: Exchange, caller: Caller) => Promise<Reply | undefined>;

type EndpointRow = {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'HEAD';
  /** Segments in braces are parameters; `{name}` matches one segment. */
  readonly path: string;
  readonly bodyBytesMax: number;
  readonly errors: ErrorFormat;
  /** Refused authentications of this row are decisions of this kind, and are recorded. */
  readonly refusedAs?: CallKind;
};

/** A row that answers everyone. */
export type OpenEndpoint = EndpointRow & { readonly auth: { readonly kind: 'none' }; readonly handler: OpenHandler };

/** A row that answers only a caller who proved itself. */
export type GuardedEndpoint = EndpointRow & {
  readonly auth: Exclude<EndpointAuth, { kind: 'none' }>;
  readonly handler: CallerHandler;
};

/** One row of the endpoint table. A handler that returns nothing has answered by `exchange.response` itself. */
export type Endpoint = OpenEndpoint | GuardedEndpoint;

export function isOpen(endpoint: Endpoint): endpoint is OpenEndpoint {
  return endpoint.auth.kind === 'none';
}
