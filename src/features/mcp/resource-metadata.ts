import type { JsonObject } from '#foundation/json';
import type { ServerDefinition } from './config.ts';

/** OAuth 2.0 Protected Resource Metadata (RFC 9728) of one server under `origin`, such as `https://host:port`. */
export function resourceMetadata({ name, config }: ServerDefinition, origin: string): JsonObject {
  return {
    resource: `${origin}${endpointPath(name)}`,
    resource_name: name,
    authorization_servers: [origin],
    bearer_methods_supported: ['header'],
    ...(config.oauth.scopes.length > 0 ? { scopes_supported: config.oauth.scopes } : {}),
  };
}

export function endpointPath(server: string): string {
  return `/api/v1/mcp/${server}/mcp`;
}

/** Where the metadata stands (RFC 9728 section 3.1): the well-known part goes between host and path. */
export function metadataUrl(server: string, origin: string): string {
  return `${origin}/.well-known/oauth-protected-resource${endpointPath(server)}`;
}
