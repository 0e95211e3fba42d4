import { sha256Text } from '#foundation/crypto';
import type { Exchange } from '#foundation/http/exchange';
import { canonicalJson, parseJsonPrecisely } from '#foundation/json';
import type { Principal } from '#governance/identity/principal';
import { requestHeaders } from '../forward-headers.ts';
import type { ModelRequest } from '../model-request.ts';

/** Whose answers may be the same: rules are made for tenants, roles and departments. */
export type CacheScope = Pick<Principal, 'tenantId' | 'role' | 'department'>;

/**
 * Equal for two requests that ask the same, in the same words, on behalf of callers under the same rules. The body is
 * the one that would be sent, with what must be redacted already gone; every digit of its numbers counts. A digest,
 * so that no prompt is held in memory for the sake of its answer.
 */
export function cacheKey(request: ModelRequest, exchange: Exchange, scope: CacheScope): string {
  const { door, address, outline, streamForm, bytes } = request;
  const { wire } = door.dialect;
  return sha256Text(
    canonicalJson([
      [scope.tenantId, scope.role, scope.department],
      [wire, door.operation, address.model, outline.isStreaming, streamForm],
      [exchange.query.get('beta'), requestHeaders(exchange.headers, wire)],
      parseJsonPrecisely(bytes.toString('utf8').replace(/^\uFEFF/, '')),
    ]),
  );
}
