/** The doctor's looks at the machine itself. */
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { systemCodeOf } from '#foundation/errors';

export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Listens for a moment: nothing else tells for certain. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (systemCodeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
