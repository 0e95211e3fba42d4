import { OperatingError } from '#foundation/errors';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { StdioDefinition } from '../config.ts';

/** What of the gateway's own environment a child may have. */
export type HostEnvironment = { readonly path: string; readonly language: string };

export type ChildDirectories = { readonly home: string; readonly temporary: string };

/**
 * The whole environment of a child: four plain values, what its entry declares, and the secrets granted to it by name.
 * Nothing of the gateway's own environment is inherited. This is the only place where a child's secrets are revealed.
 */
export function childEnvironment(
  definition: StdioDefinition,
  secrets: SecretSource,
  host: HostEnvironment,
  directories: ChildDirectories,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: host.path,
    LANG: host.language,
    HOME: directories.home,
    TMPDIR: directories.temporary,
    ...definition.config.env,
  };
  for (const [name, secretName] of Object.entries(definition.config.secrets)) {
    const value = secrets.find(secretName);
    if (value === undefined) throw missingSecret(definition.name, name, secretName);
    environment[name] = value.reveal();
  }
  // Node would refuse it too, with an error that quotes the value.
  for (const [name, value] of Object.entries(environment)) {
    if (value.includes('\0')) throw zeroByte(definition.name, name);
  }
  return environment;
}

function zeroByte(server: string, name: string): OperatingError {
  return new OperatingError(
    'unavailable',
    'mcp_environment_invalid',
    `the environment value ${name} of the MCP server ${server} holds a zero byte`,
    { where: `mcp_servers.${server}`, remedy: 'store the value without it' },
  );
}

function missingSecret(server: string, name: string, secretName: string): OperatingError {
  return new OperatingError(
    'unavailable',
    'mcp_secret_missing',
    `the MCP server ${server} needs the secret ${secretName}, which is not in the store`,
    {
      where: `mcp_servers.${server}.secrets.${name}`,
      remedy: `store it with: systemprompt admin config secret set ${secretName}`,
    },
  );
}
