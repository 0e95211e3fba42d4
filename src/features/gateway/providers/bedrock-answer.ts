import type { IncomingHttpHeaders } from 'node:http';
import { OperatingError } from '#foundation/errors';
import type { UpstreamReceiver } from '#foundation/http/upstream-request';
import { jsonOrUndefined, stringMember } from '#foundation/json';
import { amazonErrorKind } from './amazon-error.ts';
import { type EventFrame, EventFrames } from './event-frames.ts';

/** Answers an error in the form of the wire's own error event. */
type ErrorEventOf = (kind: ReturnType<typeof amazonErrorKind>, message: string) => string;

/** Hears an answer of Bedrock; its receiver hears server-sent events where Bedrock has frames. */
export class BedrockAnswer implements UpstreamReceiver {
  readonly #receiver: UpstreamReceiver;
  readonly #abort: (reason: OperatingError) => void;
  readonly #errorEventOf: ErrorEventOf;
  #frames: EventFrames | undefined;

  constructor(receiver: UpstreamReceiver, abort: (reason: OperatingError) => void, errorEventOf: ErrorEventOf) {
    this.#receiver = receiver;
    this.#abort = abort;
    this.#errorEventOf = errorEventOf;
  }

  onHead(status: number, received: IncomingHttpHeaders): void {
    const id = received['x-amzn-requestid'];
    const headers = { ...received, ...(typeof id === 'string' ? { 'request-id': id } : {}) };
    if (/^application\/vnd\.amazon\.eventstream\b/i.test(headers['content-type'] ?? '')) {
      this.#frames = new EventFrames();
      headers['content-type'] = 'text/event-stream; charset=utf-8';
      delete headers['content-length'];
    }
    this.#receiver.onHead(status, headers);
  }

  onData(chunk: Buffer): boolean {
    if (this.#frames === undefined) return this.#receiver.onData(chunk);
    let text = '';
    let problem: OperatingError | undefined;
    try {
      this.#frames.push(chunk, (frame) => {
        text += this.#eventOf(frame);
      });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      problem = error;
    }
    const flows = text === '' || this.#receiver.onData(Buffer.from(text));
    if (problem === undefined) return flows;
    // The receiver hears of it as the end of its flight, and of nothing after it.
    this.#abort(problem);
    return true;
  }

  onEnd(): void {
    this.#receiver.onEnd();
  }

  onError(error: OperatingError): void {
    this.#receiver.onError(error);
  }

  #eventOf({ headers, payload }: EventFrame): string {
    const told = jsonOrUndefined(payload.toString('utf8'));
    if (headers.get(':message-type') !== 'event') {
      const type = headers.get(':exception-type') ?? headers.get(':error-code') ?? '';
      const message = stringMember(told, 'message') ?? headers.get(':error-message') ?? `the upstream reported ${type}`;
      return this.#errorEventOf(amazonErrorKind(type), message);
    }
    const bytes = stringMember(told, 'bytes');
    if (headers.get(':event-type') !== 'chunk' || bytes === undefined) return '';
    // Line ends mean nothing between the values of JSON, and would end the line of the event.
    const data = Buffer.from(bytes, 'base64')
      .toString('utf8')
      .replace(/[\r\n]+/g, ' ');
    return `event: ${typeOf(data)}\ndata: ${data}\n\n`;
  }
}

/** The type of an event, which nearly always stands first in it. */
function typeOf(data: string): string {
  const first = /^\{"type":"([a-z_]{1,64})"/.exec(data)?.[1];
  if (first !== undefined) return first;
  const type = stringMember(jsonOrUndefined(data), 'type') ?? '';
  return /^[a-z_]{1,64}$/.test(type) ? type : 'message';
}
