import { OperatingError } from '#foundation/errors';
import type { ServerConfig } from './configuration/server-config.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

export function isLoopbackHost(host: string): boolean {
  return LOOPBACK.test(host);
}

/** Refuses to listen where strangers are, unless something in front of us ends TLS and is named. */
export function refuseOpenBind(host: string, config: ServerConfig): void {
  if (isLoopbackHost(host) || config.trusted_proxies.length > 0) return;
  throw new OperatingError(
    'forbidden',
    'open_bind',
    `${host} is reachable from other machines and nothing encrypts the way`,
    {
      where: 'server.host',
      remedy:
        'listen on 127.0.0.1, or put a TLS proxy in front and name its address under server.trusted_proxies in the profile',
    },
  );
}
