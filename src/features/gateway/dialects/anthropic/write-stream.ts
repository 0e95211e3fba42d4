import type { AnswerEvent, OpenPart } from '#features/gateway/conversation/answer-event';
import { proofText } from '#features/gateway/conversation/carried-proof';
import type { Part, ReasoningProof } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame, AnswerStreamWriter } from '../dialect.ts';
import { citationBlock } from './citations.ts';
import { errorEnvelope } from './errors.ts';
import { callProofBlock, reasoningBlock } from './reasoning-blocks.ts';
import { writeStop } from './stop.ts';
import { blockStart, blockStop, contentDelta, deltaHead, eventText, messageStart } from './stream-events.ts';
import { writeUsage } from './usage.ts';
import { toolUseHead, writeAnswerPart } from './write-answer.ts';

/** Writes what the Messages API sends: one block at a time, indices without a gap, the usage once and whole. */
export function createStreamWriter(send: (text: string) => void, as: AnswerFrame): AnswerStreamWriter {
  return new MessageStreamWriter(send, as);
}

class MessageStreamWriter implements AnswerStreamWriter {
  readonly #send: (text: string) => void;
  readonly #as: AnswerFrame;
  #index = 0;
  #part: OpenPart | undefined;
  /** A text or a thought begins with its first piece: empty blocks are refused when they come back. */
  #hasBegun = false;
  #hasText = false;
  /** Everything of a delta before its text, made once for each block. */
  #deltaHead = '';
  #hasRefusal = false;
  #isOver = false;

  constructor(send: (text: string) => void, as: AnswerFrame) {
    this.#send = send;
    this.#as = as;
  }

  write(event: AnswerEvent): void {
    if (this.#isOver) return;
    switch (event.type) {
      case 'delta':
        this.#delta(event.text);
        return;
      case 'start':
        this.#send(messageStart(this.#as));
        return;
      case 'open':
        this.#open(event.part);
        return;
      case 'close':
        this.#close(event.proof);
        return;
      case 'citation':
        this.#cite(citationBlock(event.citation));
        return;
      case 'part':
        this.#wholePart(event.part);
        return;
      case 'usage':
        // Told once, at the end, when it is final.
        return;
      case 'finish':
        this.#finish(event);
        return;
      case 'error':
        this.#isOver = true;
        this.#send(eventText('error', errorEnvelope(event.error, this.#as.requestId)));
    }
  }

  keepAlive(): void {
    if (!this.#isOver) this.#send('event: ping\ndata: {"type": "ping"}\n\n');
  }

  #open(part: OpenPart): void {
    this.#part = part;
    this.#hasBegun = false;
    this.#hasText = false;
    if (part.type === 'refusal') this.#hasRefusal = true;
    if (part.type === 'tool_call') this.#send(this.#begin(part));
  }

  /** The text that starts the block of the open part, and empty when that was done. */
  #begin(part: OpenPart): string {
    if (this.#hasBegun) return '';
    this.#hasBegun = true;
    this.#deltaHead = deltaHead(this.#index, part.type);
    if (part.type === 'tool_call') return blockStart(this.#index, toolUseHead(part.id, part.name));
    return part.type === 'reasoning'
      ? blockStart(this.#index, EMPTY_THINKING)
      : blockStart(this.#index, { type: 'text', text: '', citations: null });
  }

  #delta(text: string): void {
    if (this.#part === undefined || text === '') return;
    const start = this.#begin(this.#part);
    this.#hasText = true;
    this.#send(`${start}${this.#deltaHead}${JSON.stringify(text)}}}\n\n`);
  }

  #cite(citation: JsonObject): void {
    if (this.#part === undefined) return;
    const start = this.#begin(this.#part);
    this.#send(start + contentDelta(this.#index, { type: 'citations_delta', citation }));
  }

  #close(proof: ReasoningProof | null): void {
    const part = this.#part;
    if (part === undefined) return;
    if (part.type === 'reasoning' && !this.#hasText) {
      const block = reasoningBlock({ text: '', proof });
      if (block !== undefined) this.#whole(block);
    } else if (part.type === 'reasoning') {
      this.#end(proof === null ? '' : this.#signature(proofText(proof, 'anthropic')));
    } else if (part.type === 'tool_call') {
      // Clients parse what the pieces make together, and nothing is not JSON.
      if (!this.#hasText) this.#delta('{}');
      this.#end('');
      if (proof !== null) this.#whole(callProofBlock(proof, part.id));
    } else if (this.#hasBegun) {
      this.#end('');
    }
    this.#part = undefined;
  }

  #end(last: string): void {
    this.#send(last + blockStop(this.#index));
    this.#index += 1;
  }

  /** Right before the end of its block, as clients expect it. */
  #signature(signature: JsonObject[string]): string {
    return contentDelta(this.#index, { type: 'signature_delta', signature: signature ?? '' });
  }

  #whole(block: JsonObject): void {
    this.#send(
      block.type === 'thinking'
        ? blockStart(this.#index, EMPTY_THINKING) + this.#signature(block.signature)
        : blockStart(this.#index, block),
    );
    this.#end('');
  }

  /** A part that came whole goes the way of one that came in pieces, for clients that read nothing but pieces. */
  #wholePart(part: Part): void {
    switch (part.type) {
      case 'text':
        this.#inPieces({ type: 'text' }, part.text, part.citations.map(citationBlock), null);
        return;
      case 'refusal':
        this.#inPieces({ type: 'refusal' }, part.text, [], null);
        return;
      case 'reasoning':
        this.#inPieces({ type: 'reasoning' }, part.text, [], part.proof);
        return;
      case 'tool_call':
        this.#inPieces({ type: 'tool_call', id: part.id, name: part.name }, part.argumentsText, [], part.proof);
        return;
      default:
        for (const block of writeAnswerPart(part)) {
          if (typeof block.text === 'string') this.#inPieces({ type: 'text' }, block.text, [], null);
          else this.#whole(block);
        }
    }
  }

  #inPieces(part: OpenPart, text: string, citations: readonly JsonObject[], proof: ReasoningProof | null): void {
    this.#open(part);
    this.#delta(text);
    for (const citation of citations) this.#cite(citation);
    this.#close(proof);
  }

  #finish({ stop, usage }: AnswerEvent & { readonly type: 'finish' }): void {
    this.#isOver = true;
    const delta = { ...writeStop(stop, this.#hasRefusal), container: null };
    this.#send(
      eventText('message_delta', { type: 'message_delta', delta, usage: writeUsage(usage) }) +
        eventText('message_stop', { type: 'message_stop' }),
    );
  }
}

const EMPTY_THINKING = { type: 'thinking', thinking: '', signature: '' };
