import { Client } from 'pg';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Clock } from '../time.ts';
import { mapDatabaseError } from './database-error.ts';

export type ListenState = 'connected' | 'disconnected';

export type Notifications = {
  listen(
    channel: string,
    onPayload: (payload: string) => void,
    onState?: (state: ListenState) => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

type Listener = {
  readonly channel: string;
  readonly onPayload: (payload: string) => void;
  readonly onState: ((state: ListenState) => void) | undefined;
};

export type NotificationsOptions = {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The connection without its credentials, for messages. */
  readonly where: string;
};

const RECONNECT_MS_MIN = 100;
const RECONNECT_MS_MAX = 5_000;

/** LISTEN on one connection of its own, for all channels, opened by the first listener and reopened when it breaks. */
export function createNotifications(options: NotificationsOptions): Notifications {
  const { clock, logger, where } = options;
  const listeners = new Set<Listener>();
  let connected: Client | undefined;
  let connecting: Promise<Client> | undefined;
  let cancelReconnect: (() => void) | undefined;
  let reconnectMs = RECONNECT_MS_MIN;
  let closed = false;

  /** One connection, listening on every channel that somebody wants. */
  async function connect(): Promise<Client> {
    const client = new Client({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      connectionTimeoutMillis: options.connectTimeoutMs,
      keepAlive: true,
    });
    let live = false;
    const onBroken = (problem: string) => {
      if (connected === client) connected = undefined;
      if (!live || closed) return;
      live = false;
      logger.warn({ where, problem }, 'the notification connection broke; reconnecting');
      announce('disconnected');
      scheduleReconnect();
    };
    client.on('error', (error) => onBroken(error.message));
    client.on('end', () => onBroken('the connection ended'));
    client.on('notification', (message) => deliver(message.channel, message.payload ?? ''));
    try {
      await client.connect();
      for (const channel of new Set([...listeners].map((listener) => listener.channel))) {
        await client.query(`LISTEN ${quoteIdentifier(channel)}`);
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw mapDatabaseError(error, where);
    }
    live = true;
    connected = client;
    reconnectMs = RECONNECT_MS_MIN;
    return client;
  }

  function connectOnce(): Promise<Client> {
    if (connected !== undefined) return Promise.resolve(connected);
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  function scheduleReconnect(): void {
    if (closed || cancelReconnect !== undefined || listeners.size === 0) return;
    cancelReconnect = clock.after(reconnectMs, () => {
      cancelReconnect = undefined;
      reconnectMs = Math.min(reconnectMs * 2, RECONNECT_MS_MAX);
      connectOnce().then(
        () => announce('connected'),
        (error: unknown) => {
          logger.debug({ where, problem: messageOf(error) }, 'the notification connection is still away');
          scheduleReconnect();
        },
      );
    });
  }

  function announce(state: ListenState): void {
    for (const listener of listeners) shield(() => listener.onState?.(state));
  }

  function deliver(channel: string, payload: string): void {
    for (const listener of listeners) {
      if (listener.channel === channel) shield(() => listener.onPayload(payload));
    }
  }

  /** A listener that throws is its own problem: the others are called, and the process goes on. */
  function shield(call: () => void): void {
    try {
      call();
    } catch (error) {
      logger.error({ where, problem: messageOf(error) }, 'a notification listener failed');
    }
  }

  async function stopListening(listener: Listener): Promise<void> {
    listeners.delete(listener);
    const wanted = [...listeners].some((other) => other.channel === listener.channel);
    // When UNLISTEN fails, the connection is breaking, and the next one will not listen on this channel.
    if (!wanted) await connected?.query(`UNLISTEN ${quoteIdentifier(listener.channel)}`).catch(() => undefined);
  }

  return {
    async listen(channel, onPayload, onState) {
      const listener: Listener = { channel, onPayload, onState };
      listeners.add(listener);
      try {
        const client = await connectOnce();
        await client.query(`LISTEN ${quoteIdentifier(channel)}`);
      } catch (error) {
        listeners.delete(listener);
        throw mapDatabaseError(error, where);
      }
      onState?.('connected');
      return () => stopListening(listener);
    },
    async close() {
      closed = true;
      cancelReconnect?.();
      listeners.clear();
      await connecting?.catch(() => undefined);
      await connected?.end().catch(() => undefined);
      connected = undefined;
    },
  };
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
