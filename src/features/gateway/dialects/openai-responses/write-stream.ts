import type { AnswerEvent, OpenPart } from '#features/gateway/conversation/answer-event';
import type { ModelError } from '#features/gateway/conversation/model-error';
import type { Citation, Part, ReasoningProof } from '#features/gateway/conversation/part';
import type { TokenUsage } from '#features/gateway/usage';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame, AnswerStreamWriter } from '../dialect.ts';
import { errorBody } from './errors.ts';
import { EventSender } from './event-sender.ts';
import { freeformNames } from './freeform.ts';
import { createItemIds, type ItemIds, type ItemStatus, wholeItem, withoutPlace } from './output-items.ts';
import { callProof } from './reasoning-items.ts';
import { IN_PROGRESS, idBase, type ResponseState, responseHead, responseState } from './response-head.ts';
import { writeStop } from './stop.ts';
import {
  StreamedCall,
  StreamedCustomCall,
  type StreamedItem,
  StreamedMessage,
  StreamedReasoning,
} from './stream-items.ts';

/**
 * Writes what the Responses API sends: one item after the other, events numbered without a gap, and the whole response
 * again at its end.
 */
export function createStreamWriter(send: (text: string) => void, as: AnswerFrame): AnswerStreamWriter {
  return new ResponseStreamWriter(send, as);
}

class ResponseStreamWriter implements AnswerStreamWriter {
  readonly #events: EventSender;
  readonly #as: AnswerFrame;
  readonly #ids: ItemIds;
  readonly #freeform: ReadonlySet<string>;
  /** The head of the response as JSON, without its closing brace. */
  readonly #head: string;
  /** Items that are done, as JSON. */
  readonly #output: string[] = [];
  /** The last item. It is done when the next thing is said, because only then it is known how it ended. */
  #item: StreamedItem | undefined;
  #part: OpenPart | undefined;
  #callId = '';
  /** A text or a thought begins with its first piece. */
  #hasBegun = false;
  #hasRefusal = false;
  #hasStarted = false;
  #isOver = false;
  #usage: TokenUsage | null = null;

  constructor(send: (text: string) => void, as: AnswerFrame) {
    this.#events = new EventSender(send);
    this.#as = as;
    this.#ids = createItemIds(idBase(as));
    this.#freeform = freeformNames(as.conversation.tools);
    this.#head = JSON.stringify(responseHead(as)).slice(0, -1);
  }

  write(event: AnswerEvent): void {
    if (this.#isOver) return;
    switch (event.type) {
      case 'delta':
        this.#delta(event.text);
        return;
      case 'start':
        this.#hasStarted = true;
        this.#response('response.created', IN_PROGRESS, []);
        this.#response('response.in_progress', IN_PROGRESS, []);
        return;
      case 'open':
        this.#open(event.part);
        return;
      case 'close':
        this.#close(event.proof);
        return;
      case 'citation':
        this.#cite(event.citation);
        return;
      case 'part':
        this.#wholePart(event.part);
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      case 'finish':
        this.#finish(event);
        return;
      case 'error':
        this.#fail(event.error);
    }
  }

  keepAlive(): void {
    if (!this.#isOver) this.#events.comment('keep-alive');
  }

  #response(name: string, state: ResponseState, output: readonly string[]): void {
    const changing = JSON.stringify(responseState(state, this.#as)).slice(1);
    this.#events.event(name, `"response":${this.#head},"output":[${output.join(',')}],${changing}`);
  }

  #open(part: OpenPart): void {
    this.#part = part;
    this.#hasBegun = false;
    if (part.type === 'refusal') this.#hasRefusal = true;
    if (part.type === 'tool_call') this.#begin(part);
  }

  /** The item that the open part belongs to. */
  #begin(part: OpenPart): StreamedItem {
    if (this.#hasBegun && this.#item !== undefined) return this.#item;
    this.#hasBegun = true;
    switch (part.type) {
      case 'tool_call':
        return this.#add(this.#callItem(part));
      case 'reasoning':
        return this.#addReasoning();
      default: {
        const message = this.#item instanceof StreamedMessage ? this.#item : this.#addMessage();
        message.openPart(part.type);
        return message;
      }
    }
  }

  #callItem({ id, name }: OpenPart & { readonly type: 'tool_call' }): StreamedItem {
    const isFreeform = this.#freeform.has(name);
    this.#callId = this.#ids.call(id);
    const call = { id: this.#ids.item(isFreeform ? 'ctc' : 'fc'), callId: this.#callId, name };
    this.#endItem('completed');
    return new (isFreeform ? StreamedCustomCall : StreamedCall)(this.#events, call, this.#output.length);
  }

  #addReasoning(): StreamedReasoning {
    this.#endItem('completed');
    return this.#add(new StreamedReasoning(this.#events, { id: this.#ids.item('rs'), index: this.#output.length }));
  }

  #addMessage(): StreamedMessage {
    this.#endItem('completed');
    return this.#add(new StreamedMessage(this.#events, { id: this.#ids.item('msg'), index: this.#output.length }));
  }

  #add<Item extends StreamedItem>(item: Item): Item {
    this.#item = item;
    const text = JSON.stringify(item.object('in_progress'));
    this.#events.event('response.output_item.added', `"output_index":${this.#output.length},"item":${text}`);
    return item;
  }

  #endItem(status: ItemStatus): void {
    if (this.#item === undefined) return;
    this.#doneItem(JSON.stringify(this.#item.object(status)));
    this.#item = undefined;
  }

  #doneItem(text: string): void {
    this.#events.event('response.output_item.done', `"output_index":${this.#output.length},"item":${text}`);
    this.#output.push(text);
  }

  #delta(text: string): void {
    if (this.#part !== undefined && text !== '') this.#begin(this.#part).delta(text);
  }

  #cite(citation: Citation): void {
    if (this.#part?.type === 'text') this.#begin(this.#part).cite(citation);
  }

  #close(proof: ReasoningProof | null): void {
    const part = this.#part;
    if (part === undefined) return;
    // A provider may keep its thinking to itself and give only the proof.
    if (part.type === 'reasoning' && proof !== null) this.#begin(part);
    if (this.#hasBegun) this.#item?.close(proof);
    this.#part = undefined;
    if (part.type === 'tool_call' && proof !== null) this.#addReasoning().close(callProof(proof, this.#callId));
  }

  /** A part that came whole goes the way of one that came in pieces. */
  #wholePart(part: Part): void {
    switch (part.type) {
      case 'text':
        this.#inPieces({ type: 'text' }, part.text, part.citations, null);
        return;
      case 'refusal':
      case 'reasoning':
        this.#inPieces({ type: part.type }, part.text, [], part.type === 'reasoning' ? part.proof : null);
        return;
      case 'tool_call':
        this.#inPieces({ type: 'tool_call', id: part.id, name: part.name }, part.argumentsText, [], part.proof);
        return;
      default: {
        const note = withoutPlace(part);
        if (note !== undefined) this.#inPieces({ type: 'text' }, note, [], null);
        else this.#whole(wholeItem(part, this.#ids));
      }
    }
  }

  #whole(item: JsonObject | undefined): void {
    if (item === undefined) return;
    this.#endItem('completed');
    const text = JSON.stringify(item);
    this.#events.event('response.output_item.added', `"output_index":${this.#output.length},"item":${text}`);
    this.#doneItem(text);
  }

  #inPieces(part: OpenPart, text: string, citations: readonly Citation[], proof: ReasoningProof | null): void {
    this.#open(part);
    this.#delta(text);
    for (const citation of citations) this.#cite(citation);
    this.#close(proof);
  }

  #finish({ stop: ended, usage }: AnswerEvent & { readonly type: 'finish' }): void {
    const stop = writeStop(ended, this.#hasRefusal);
    this.#endItem(stop.status);
    this.#isOver = true;
    this.#response(`response.${stop.status}`, { stop, error: null, usage }, this.#output);
  }

  /**
   * Two events say that it failed: one with the response as far as it came, for clients that follow responses, and one
   * that ends the reading of those that follow nothing but the stream.
   */
  #fail(failure: ModelError): void {
    this.#isOver = true;
    const error = errorBody(failure);
    const code = error.code ?? 'invalid_prompt';
    if (this.#hasStarted) {
      const output =
        this.#item === undefined ? this.#output : [...this.#output, JSON.stringify(this.#item.object('incomplete'))];
      const stop = { status: 'failed', incomplete_details: null } as const;
      const state = { stop, error: { code, message: failure.message }, usage: this.#usage };
      this.#response('response.failed', state, output);
    }
    const flat = JSON.stringify({ code, message: failure.message, param: failure.param, error }).slice(1, -1);
    this.#events.event('error', flat);
  }
}
