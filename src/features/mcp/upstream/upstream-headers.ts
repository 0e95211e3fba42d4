import { OperatingError } from '#foundation/errors';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { HttpDefinition } from '../config.ts';

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The headers that an operator configured for an HTTP upstream, with secrets put in at the moment of sending. This is
 * the only place where an upstream's credential is revealed; nothing of the client's own request is ever among them.
 */
export function upstreamHeaders(definition: HttpDefinition, secrets: SecretSource): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, configured] of Object.entries(definition.config.headers)) {
    const where = `mcp_servers.${definition.name}.headers.${name}`;
    const value = typeof configured === 'string' ? configured : configured.prefix + reveal(configured.secret, where);
    // A value with a line feed could add headers of its own.
    if (!HEADER_VALUE.test(value)) throw invalidHeader(where);
    headers[name.toLowerCase()] = value;
  }
  return headers;

  function reveal(secretName: string, where: string): string {
    const value = secrets.find(secretName);
    if (value !== undefined) return value.reveal();
    throw new OperatingError(
      'unavailable',
      'mcp_secret_missing',
      `the MCP server ${definition.name} needs the secret ${secretName}, which is not in the store`,
      { where, remedy: `store it with: systemprompt admin config secret set ${secretName}` },
    );
  }
}

function invalidHeader(where: string): OperatingError {
  return new OperatingError(
    'unavailable',
    'mcp_header_invalid',
    `the header of ${where} holds characters that none may`,
    {
      where,
      remedy: 'store the value without line feeds',
    },
  );
}
