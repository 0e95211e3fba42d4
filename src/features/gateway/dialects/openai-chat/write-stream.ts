import type { AnswerEvent, OpenPart } from '#features/gateway/conversation/answer-event';
import type { Citation, Part, ReasoningProof } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame, AnswerStreamWriter } from '../dialect.ts';
import { writeAnnotations } from './annotations.ts';
import { writeAnswerAudio, writeAnswerImage } from './answer-media.ts';
import { callProofMembers } from './call-proofs.ts';
import { errorBody } from './errors.ts';
import { freeformNames, inputOfArguments } from './freeform.ts';
import { clientDetail } from './reasoning-details.ts';
import { writeStop } from './stop.ts';
import { writeUsage } from './usage.ts';
import { answerId, LEFT_OUT } from './write-answer.ts';

/** Writes chunks as OpenAI sends them: the role first, the reason for the end last, then the usage if it was asked for. */
export function createStreamWriter(send: (text: string) => void, as: AnswerFrame): AnswerStreamWriter {
  return new ChunkWriter(send, as);
}

class ChunkWriter implements AnswerStreamWriter {
  readonly #send: (text: string) => void;
  readonly #as: AnswerFrame;
  /** Everything of a chunk before and behind its delta. */
  readonly #head: string;
  readonly #tail: string;
  readonly #freeform: ReadonlySet<string>;
  #part: OpenPart | undefined;
  /** Everything of a chunk before the text of the open part, and behind it. */
  #before = '';
  #after = '';
  /** What the open part has said, where that is needed whole. */
  #texts: string[] = [];
  #hasText = false;
  #citations: Citation[] = [];
  #calls = 0;
  #details = 0;
  #images = 0;
  #contentLength = 0;
  #textStart = 0;
  #hasRefusal = false;
  #isOver = false;

  constructor(send: (text: string) => void, as: AnswerFrame) {
    this.#send = send;
    this.#as = as;
    this.#freeform = freeformNames(as.conversation.tools);
    const base = { id: answerId(as), object: 'chat.completion.chunk', created: as.createdAtSeconds, model: as.model };
    this.#head = `data: ${JSON.stringify(base).slice(0, -1)},"choices":[`;
    // Where the usage is asked for, every other chunk says that it has none.
    this.#tail = `]${as.streamsUsage ? ',"usage":null' : ''}}\n\n`;
  }

  write(event: AnswerEvent): void {
    if (this.#isOver) return;
    switch (event.type) {
      case 'delta':
        this.#delta(event.text);
        return;
      case 'start':
        this.#sendDelta('{"role":"assistant","content":"","refusal":null}');
        return;
      case 'open':
        this.#open(event.part);
        return;
      case 'close':
        this.#close(event.proof);
        return;
      case 'citation':
        this.#citations.push(event.citation);
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
        this.#send(`data: ${JSON.stringify(errorBody(event.error))}\n\n`);
    }
  }

  keepAlive(): void {
    if (!this.#isOver) this.#send(': keep-alive\n\n');
  }

  #sendDelta(delta: string): void {
    this.#send(`${this.#head}${DELTA}${delta}${AFTER_DELTA}${this.#tail}`);
  }

  #open(part: OpenPart): void {
    this.#part = part;
    this.#texts = [];
    this.#citations = [];
    this.#hasText = false;
    if (part.type === 'tool_call') {
      this.#openCall(part.id, part.name);
      return;
    }
    if (part.type === 'refusal') this.#hasRefusal = true;
    if (part.type === 'text') this.#textStart = this.#contentLength;
    this.#before = `${this.#head}${DELTA}{"${MEMBERS[part.type]}":`;
    this.#after = `}${AFTER_DELTA}${this.#tail}`;
  }

  #openCall(id: string, name: string): void {
    const index = this.#calls++;
    const called = this.#freeform.has(name)
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    this.#sendDelta(JSON.stringify({ tool_calls: [{ index, id, ...called }] }));
    this.#before = `${this.#head}${DELTA}{"tool_calls":[{"index":${index},"function":{"arguments":`;
    this.#after = `}}]}${AFTER_DELTA}${this.#tail}`;
  }

  #delta(text: string): void {
    const part = this.#part;
    if (part === undefined || text === '') return;
    this.#hasText = true;
    if (part.type === 'reasoning') this.#texts.push(text);
    else if (part.type === 'text') this.#contentLength += text.length;
    else if (part.type === 'tool_call' && this.#freeform.has(part.name)) {
      // The text is in the midst of JSON, and is whole when that is.
      this.#texts.push(text);
      return;
    }
    this.#send(`${this.#before}${JSON.stringify(text)}${this.#after}`);
  }

  #close(proof: ReasoningProof | null): void {
    const part = this.#part;
    this.#part = undefined;
    if (part?.type === 'tool_call') this.#closeCall(part.name, proof);
    else if (part?.type === 'reasoning' && proof !== null) this.#prove(this.#texts.join(''), proof);
    else if (part?.type === 'text' && this.#citations.length > 0) this.#annotate();
  }

  #closeCall(name: string, proof: ReasoningProof | null): void {
    const index = this.#calls - 1;
    if (this.#freeform.has(name)) {
      const input = inputOfArguments(this.#texts.join(''));
      this.#sendDelta(JSON.stringify({ tool_calls: [{ index, custom: { input } }] }));
    } else if (!this.#hasText) {
      // Clients parse what the pieces make together, and nothing is not JSON.
      this.#send(`${this.#before}"{}"${this.#after}`);
    }
    if (proof !== null) this.#sendDelta(JSON.stringify({ tool_calls: [{ index, ...callProofMembers(proof) }] }));
  }

  /** The whole entry at once: its text was plain so far, and is told again beside what belongs to it. */
  #prove(text: string, proof: ReasoningProof): void {
    const detail = clientDetail(text, proof, this.#details++);
    if (detail !== undefined) this.#sendDelta(JSON.stringify({ reasoning_details: [detail] }));
  }

  #annotate(): void {
    const length = this.#contentLength - this.#textStart;
    const annotations = writeAnnotations(this.#citations, this.#textStart, length);
    if (annotations.length > 0) this.#sendDelta(JSON.stringify({ annotations }));
  }

  /** A part that came whole goes the way of one that came in pieces. */
  #wholePart(part: Part): void {
    switch (part.type) {
      case 'text':
        this.#inPieces({ type: 'text' }, part.text, part.citations, null);
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
      case 'document':
        this.#inPieces({ type: 'text' }, LEFT_OUT, [], null);
        return;
      case 'image':
        this.#sendMember('images', writeAnswerImage(part, this.#images++));
        return;
      case 'audio':
        this.#sendDelta(JSON.stringify({ audio: writeAnswerAudio(part, this.#as.requestId) }));
        return;
      case 'tool_result':
      case 'native':
    }
  }

  #sendMember(name: string, item: JsonObject | undefined): void {
    if (item !== undefined) this.#sendDelta(JSON.stringify({ [name]: [item] }));
  }

  #inPieces(part: OpenPart, text: string, citations: readonly Citation[], proof: ReasoningProof | null): void {
    this.#open(part);
    this.#delta(text);
    this.#citations.push(...citations);
    this.#close(proof);
  }

  #finish({ stop, usage }: AnswerEvent & { readonly type: 'finish' }): void {
    this.#isOver = true;
    const held = { hasCalls: this.#calls > 0, hasRefusal: this.#hasRefusal };
    const choice = JSON.stringify({ index: 0, delta: {}, logprobs: null, ...writeStop(stop, held) });
    const tier = usage.serviceTier === null ? '' : `,"service_tier":${JSON.stringify(usage.serviceTier)}`;
    const told = JSON.stringify(writeUsage(usage, this.#as.estimatedInputTokens));
    const last = this.#as.streamsUsage ? `${this.#head}],"usage":${told}${tier}}\n\n` : '';
    this.#send(`${this.#head}${choice}]${tier}${this.#tail.slice(1)}${last}data: [DONE]\n\n`);
  }
}

const DELTA = '{"index":0,"delta":';
const AFTER_DELTA = ',"logprobs":null,"finish_reason":null}';

const MEMBERS = { text: 'content', refusal: 'refusal', reasoning: 'reasoning_content' } as const;
