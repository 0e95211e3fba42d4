import { connect, createServer, type Socket } from 'node:net';

/** A way to the database that a test can cut while a server stands behind it. */
export type CuttableConnection = {
  /** The connection string, by way of here. */
  readonly connectionString: string;
  /** Breaks what is connected and refuses what comes. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
};

/** Listens on loopback and carries bytes to where `connectionString` leads. */
export async function openCuttableConnection(connectionString: string): Promise<CuttableConnection> {
  const target = new URL(connectionString);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the way to the database has no port');
  const way = new URL(connectionString);
  way.hostname = '127.0.0.1';
  way.port = String(address.port);
  function cut(): void {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  }
  return {
    connectionString: way.href,
    cut,
    restore() {
      isCut = false;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
