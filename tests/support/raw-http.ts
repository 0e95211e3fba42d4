/** Bytes on a connection, as no HTTP library would send them. */
import { connect, type Socket } from 'node:net';

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type RawConnection = {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /** All that came until the server closed the connection, read as answers to requests of which none was HEAD. */
  closed(): Promise<readonly RawAnswer[]>;
  /** Resolves once `text` has come. */
  until(text: string): Promise<string>;
};

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let came = '';
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  socket.on('data', (chunk) => {
    came += chunk.toString('latin1');
    notify();
  });
  // A server that refuses what is still being sent may reset the connection; what it said before counts.
  socket.on('error', () => {});
  const closed = new Promise<readonly RawAnswer[]>((resolve) => {
    socket.once('end', () => {
      socket.end();
      resolve(parseAnswers(came));
    });
    socket.once('close', () => resolve(parseAnswers(came)));
  });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    closed: () => closed,
    until(text) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (!came.includes(text)) return;
          listeners.delete(look);
          resolve(came);
        };
        listeners.add(look);
        socket.once('close', () => reject(new Error(`closed before ${JSON.stringify(text)} came:\n${came}`)));
        look();
      });
    },
  };
}

/** One connection, one sending, everything that comes back until the server closes it. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<readonly RawAnswer[]> {
  const connection = await openRaw(port);
  connection.send(bytes);
  return connection.closed();
}

/** What is said of a connection that is not closed yet, or of a chunked answer, is not read. */
function parseAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; /^HTTP\/1\.1 \d{3}/.test(rest); ) {
    const end = rest.indexOf('\r\n\r\n');
    const lines = rest.slice(0, end === -1 ? undefined : end).split('\r\n');
    const status = Number(lines[0]?.slice(9, 12));
    const headers = Object.fromEntries(
      lines
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? 0);
    answers.push({ status, headers, body: end === -1 ? '' : rest.slice(end + 4, end + 4 + length) });
    rest = end === -1 ? '' : rest.slice(end + 4 + length);
  }
  return answers;
}
