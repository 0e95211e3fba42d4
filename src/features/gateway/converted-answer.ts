import type { Exchange, Reply } from '#foundation/http/exchange';
import type { Clock } from '#foundation/time';
import type { AnswerEvent } from './conversation/answer-event.ts';
import { answerOf } from './conversation/answer-events.ts';
import { type Collected, createAnswerCollector } from './conversation/collect-answer.ts';
import type { ModelError } from './conversation/model-error.ts';
import type { Conversion } from './convert-request.ts';
import type { AnswerStreamWriter } from './dialects/dialect.ts';
import { modelErrorOf } from './model-error-of.ts';
import { EventGuard } from './output-guard/event-guard.ts';
import type { OutputActions } from './output-guard/output-action.ts';

const KEPT_CHARACTERS_MAX = 262_144;
const COLLECTED_CHARACTERS_MAX = 33_554_432;
const KEEP_ALIVE_MS = 15_000;

export type ConvertedAnswerOptions = {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly conversion: Conversion;
  readonly keepContent: boolean;
  readonly upstreamRequestId: () => string | null;
  readonly output: OutputActions | null;
};

/** What the client gets of an upstream's events, in its own dialect: a stream as they come, or one body at the end. */
export class ConvertedAnswer {
  readonly #options: ConvertedAnswerOptions;
  readonly #collector;
  readonly #wantsStream: boolean;
  readonly #guard: EventGuard | undefined;
  #writer: AnswerStreamWriter | undefined;
  /** What the writer made and nobody has sent yet. */
  #unsent = '';
  /** Whether the model has said anything; before it has, another upstream may still take over. */
  #hasSpoken = false;
  #end: (AnswerEvent & { readonly type: 'finish' | 'error' }) | undefined;
  #openCallId: string | null = null;
  #cancelKeepAlive = () => {};

  constructor(options: ConvertedAnswerOptions) {
    this.#options = options;
    this.#wantsStream = options.conversion.frame.conversation.isStreaming;
    const streamed = options.keepContent ? KEPT_CHARACTERS_MAX : 0;
    const { output } = options;
    const isGuarded = output !== null && output.acting.size > 0;
    this.#guard = isGuarded ? new EventGuard(output, (event) => this.#take(event)) : undefined;
    this.#collector = createAnswerCollector(this.#wantsStream ? streamed : COLLECTED_CHARACTERS_MAX);
  }

  /** Takes the events in their order; what comes after the end is none of the answer. */
  event(event: AnswerEvent): void {
    if (this.#guard === undefined) this.#take(event);
    else this.#guard.event(event);
    const blocked = this.#options.output?.blockedError;
    if (blocked !== undefined) this.#take({ type: 'error', error: modelErrorOf(blocked) });
  }

  #take(event: AnswerEvent): void {
    if (this.#end !== undefined) return;
    this.#collector.event(event);
    this.#rememberProof(event);
    // The end is given to the client only when the outcome is recorded.
    if (event.type === 'error' || event.type === 'finish') this.#end = event;
    else if (this.#wantsStream) this.#write(event);
    if (event.type === 'open' || event.type === 'part') this.#hasSpoken = true;
  }

  /** The client may not know how to keep what belongs to a tool call, so it is kept here as well. */
  #rememberProof(event: AnswerEvent): void {
    if (event.type === 'open') this.#openCallId = event.part.type === 'tool_call' ? event.part.id : null;
    if (event.type !== 'close' || event.proof === null || this.#openCallId === null) return;
    this.#options.conversion.proofs.remember(this.#openCallId, event.proof);
  }

  fail(error: ModelError): void {
    this.event({ type: 'error', error });
  }

  /** Sends what there is; true when something went out. */
  send(): boolean {
    if (!this.#hasSpoken || this.#unsent === '') return false;
    const { response } = this.#options.exchange;
    if (!response.headersSent) this.#writeStreamHead();
    response.write(this.#unsent);
    this.#unsent = '';
    return true;
  }

  get error(): ModelError | null {
    return this.#end?.type === 'error' ? this.#end.error : null;
  }

  /** What a client gets that has got nothing yet. */
  status(): number {
    return this.error === null ? 200 : this.#errorReply(this.error).status;
  }

  collected(): Collected {
    return this.#collector.result();
  }

  /** Gives the client the end, or all of it. */
  finish(): void {
    const { response } = this.#options.exchange;
    this.land();
    if (response.destroyed) return;
    if (this.error !== null && !response.headersSent) this.#respondError(this.error);
    else if (this.#wantsStream) this.#endStream();
    else this.#respondWhole();
  }

  /** Nothing more is sent. */
  land(): void {
    this.#cancelKeepAlive();
  }

  #write(event: AnswerEvent): void {
    const { client, frame } = this.#options.conversion;
    this.#writer ??= client.createStreamWriter((text) => {
      this.#unsent += text;
    }, frame);
    this.#writer.write(event);
  }

  #writeStreamHead(): void {
    const { frame, client } = this.#options.conversion;
    const isArray = client.wire === 'gemini' && frame.streamForm === 'array';
    this.#options.exchange.response.writeHead(200, {
      'content-type': isArray ? 'application/json; charset=utf-8' : 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...this.#ownHeaders(),
    });
    this.#keepAlive();
  }

  /** A model may think for minutes, and proxies between cut what is silent. */
  #keepAlive(): void {
    this.#cancelKeepAlive = this.#options.clock.after(KEEP_ALIVE_MS, () => {
      this.#writer?.keepAlive();
      this.send();
      this.#keepAlive();
    });
  }

  #ownHeaders(): Record<string, string> {
    const requestId = this.#options.upstreamRequestId();
    return {
      'x-systemprompt-conversion': this.#options.conversion.header,
      ...(requestId === null ? {} : { 'x-systemprompt-upstream-request-id': requestId }),
    };
  }

  #endStream(): void {
    const { response } = this.#options.exchange;
    if (this.#end !== undefined) this.#write(this.#end);
    if (!response.headersSent) this.#writeStreamHead();
    this.land();
    response.end(this.#unsent);
  }

  #respondWhole(): void {
    const { client, frame } = this.#options.conversion;
    this.#respond(200, {}, client.writeAnswer(answerOf(this.collected()), frame));
  }

  #respondError(error: ModelError): void {
    const reply = this.#errorReply(error);
    this.#respond(reply.status, reply.headers ?? {}, 'json' in reply ? reply.json : null);
  }

  #errorReply(error: ModelError): Reply {
    return this.#options.conversion.client.writeError(error, this.#options.exchange.requestId);
  }

  #respond(status: number, headers: Readonly<Record<string, string | readonly string[]>>, json: unknown): void {
    const body = Buffer.from(JSON.stringify(json));
    const { response } = this.#options.exchange;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': body.length,
      ...this.#ownHeaders(),
    });
    response.end(body);
  }
}
