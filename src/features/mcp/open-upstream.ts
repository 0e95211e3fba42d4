import { OperatingError } from '#foundation/errors';
import type { UpstreamClient } from '#foundation/http/upstream-client';
import type { Clock } from '#foundation/time';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { ServerDefinition } from './config.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import { httpTransport } from './upstream/http-transport.ts';
import { type InternalServer, internalTransport } from './upstream/internal-server.ts';
import { stdioTransport } from './upstream/stdio-transport.ts';
import type { OpenTransport } from './upstream/transport.ts';

export type OpenUpstreamDeps = {
  readonly supervisor: Supervisor;
  readonly upstreamClient: UpstreamClient;
  readonly internalServers: ReadonlyMap<string, InternalServer>;
  readonly secrets: SecretSource;
  readonly clock: Clock;
};

/** The way to a declared server, by its type. */
export function openUpstream(deps: OpenUpstreamDeps, { name, config }: ServerDefinition): OpenTransport {
  switch (config.type) {
    case 'stdio':
      return stdioTransport({ name, config }, deps.supervisor);
    case 'http':
      return httpTransport({ name, config }, { ...deps, client: deps.upstreamClient });
    case 'internal': {
      const server = deps.internalServers.get(name);
      if (server === undefined) throw notPresent(name);
      return internalTransport(name, server);
    }
  }
}

function notPresent(name: string): OperatingError {
  return new OperatingError('unavailable', 'mcp_internal_missing', `no internal MCP server is called ${name}`, {
    where: `mcp_servers.${name}.type`,
    remedy: 'load the extension that brings it, or give the server another type',
  });
}
