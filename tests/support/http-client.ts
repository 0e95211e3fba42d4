import { type IncomingHttpHeaders, request } from 'node:http';

/** A request as a test wants it sent: nothing is added but the framing of the body. */
export type HttpQuestion = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text and bytes as they stand. */
  readonly body?: string | Buffer | object;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON, or undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: what a server answered has no type yet.
  readonly json: any;
};

/** One request on a connection of its own. Unlike `fetch` it sends any header, and a body with any method. */
export function sendHttp(port: number, question: HttpQuestion): Promise<HttpAnswer> {
  const { method = 'GET', path, headers = {}, body } = question;
  const bytes = body === undefined ? undefined : bytesOf(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: { ...headers, ...(bytes === undefined ? {} : { 'content-length': bytes.length }) },
    });
    let hasAnswer = false;
    outgoing.once('response', (response) => {
      hasAnswer = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) });
      });
    });
    // A server that refuses a body before it has read it may close the connection under the rest of it.
    outgoing.on('error', (error) => {
      if (!hasAnswer) reject(error);
    });
    outgoing.end(bytes);
  });
}

function bytesOf(body: string | Buffer | object): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
