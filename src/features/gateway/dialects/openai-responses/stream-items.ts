import type { Citation, ReasoningProof } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { annotationOf } from './annotations.ts';
import { deltaHead, type EventSender } from './event-sender.ts';
import {
  type Call,
  customCallItem,
  functionCallItem,
  type ItemStatus,
  messageItem,
  refusalContent,
  textContent,
} from './output-items.ts';
import { reasoningItem } from './reasoning-items.ts';

/** An item of the output while it is being streamed. */
export type StreamedItem = {
  delta(text: string): void;
  cite(citation: Citation): void;
  /** The end of the open part of the item; of all but messages, the end of what it says. */
  close(proof: ReasoningProof | null): void;
  /** The item as it stands. */
  object(status: ItemStatus): JsonObject;
};

type Place = { readonly id: string; readonly index: number };

function placed({ id, index }: Place): string {
  return `"item_id":"${id}","output_index":${index}`;
}

export class StreamedMessage implements StreamedItem {
  readonly #events: EventSender;
  readonly #place: Place;
  readonly #content: JsonObject[] = [];
  #type: 'text' | 'refusal' | undefined;
  #text = '';
  #annotations: JsonObject[] = [];
  #deltaHead = '';
  #at = '';

  constructor(events: EventSender, place: Place) {
    this.#events = events;
    this.#place = place;
  }

  openPart(type: 'text' | 'refusal'): void {
    this.#type = type;
    this.#text = '';
    this.#annotations = [];
    this.#at = `${placed(this.#place)},"content_index":${this.#content.length}`;
    const logprobs = type === 'text' ? ',"logprobs":[]' : '';
    this.#deltaHead = deltaHead(`response.${WORDS[type]}.delta`, this.#at + logprobs);
    this.#events.event('response.content_part.added', `${this.#at},"part":${JSON.stringify(this.#part())}`);
  }

  delta(text: string): void {
    this.#text += text;
    this.#events.delta(this.#deltaHead, text);
  }

  cite(citation: Citation): void {
    const annotation = annotationOf(citation, this.#text.length);
    const index = this.#annotations.push(annotation) - 1;
    const members = `${this.#at},"annotation_index":${index},"annotation":${JSON.stringify(annotation)}`;
    this.#events.event('response.output_text.annotation.added', members);
  }

  close(): void {
    if (this.#type === undefined) return;
    const text = JSON.stringify(this.#text);
    const said = this.#type === 'text' ? `"text":${text},"logprobs":[]` : `"refusal":${text}`;
    const part = this.#part();
    this.#events.event(`response.${WORDS[this.#type]}.done`, `${this.#at},${said}`);
    this.#events.event('response.content_part.done', `${this.#at},"part":${JSON.stringify(part)}`);
    this.#content.push(part);
    this.#type = undefined;
  }

  object(status: ItemStatus): JsonObject {
    const content = this.#type === undefined ? this.#content : [...this.#content, this.#part()];
    return messageItem(this.#place.id, status, content);
  }

  #part(): JsonObject {
    return this.#type === 'refusal' ? refusalContent(this.#text) : textContent(this.#text, this.#annotations);
  }
}

const WORDS = { text: 'output_text', refusal: 'refusal' } as const;

export class StreamedCall implements StreamedItem {
  readonly #events: EventSender;
  readonly #call: Call;
  readonly #at: string;
  readonly #deltaHead: string;
  #arguments = '';

  constructor(events: EventSender, call: Call, index: number) {
    this.#events = events;
    this.#call = call;
    this.#at = placed({ id: call.id, index });
    this.#deltaHead = deltaHead('response.function_call_arguments.delta', this.#at);
  }

  delta(text: string): void {
    this.#arguments += text;
    this.#events.delta(this.#deltaHead, text);
  }

  cite(): void {}

  /** Clients parse what the pieces make together, and nothing is not JSON. */
  close(): void {
    if (this.#arguments === '') this.delta('{}');
    const members = `${this.#at},"name":${JSON.stringify(this.#call.name)},"arguments":${JSON.stringify(this.#arguments)}`;
    this.#events.event('response.function_call_arguments.done', members);
  }

  object(status: ItemStatus): JsonObject {
    return functionCallItem(this.#call, status, this.#arguments);
  }
}

/** A call with text: its JSON is read when it is whole. */
export class StreamedCustomCall implements StreamedItem {
  readonly #events: EventSender;
  readonly #call: Call;
  readonly #at: string;
  #arguments = '';

  constructor(events: EventSender, call: Call, index: number) {
    this.#events = events;
    this.#call = call;
    this.#at = placed({ id: call.id, index });
  }

  delta(text: string): void {
    this.#arguments += text;
  }

  cite(): void {}

  close(): void {
    const { input } = this.object('completed');
    const text = JSON.stringify(input);
    this.#events.event('response.custom_tool_call_input.delta', `${this.#at},"delta":${text}`);
    this.#events.event('response.custom_tool_call_input.done', `${this.#at},"input":${text}`);
  }

  object(status: ItemStatus): JsonObject {
    return customCallItem(this.#call, status, this.#arguments);
  }
}

/** Words of reasoning are a summary of one part, which begins with the first of them. */
export class StreamedReasoning implements StreamedItem {
  readonly #events: EventSender;
  readonly #id: string;
  readonly #at: string;
  readonly #deltaHead: string;
  #text = '';
  #proof: ReasoningProof | null = null;

  constructor(events: EventSender, { id, index }: Place) {
    this.#events = events;
    this.#id = id;
    this.#at = `${placed({ id, index })},"summary_index":0`;
    this.#deltaHead = deltaHead('response.reasoning_summary_text.delta', this.#at);
  }

  delta(text: string): void {
    if (this.#text === '') this.#event('part.added', '"part":{"type":"summary_text","text":""}');
    this.#text += text;
    this.#events.delta(this.#deltaHead, text);
  }

  cite(): void {}

  close(proof: ReasoningProof | null): void {
    this.#proof = proof;
    if (this.#text === '') return;
    const text = JSON.stringify(this.#text);
    this.#event('text.done', `"text":${text}`);
    this.#event('part.done', `"part":{"type":"summary_text","text":${text}}`);
  }

  object(): JsonObject {
    return reasoningItem(this.#id, this.#text, this.#proof);
  }

  #event(name: string, members: string): void {
    this.#events.event(`response.reasoning_summary_${name}`, `${this.#at},${members}`);
  }
}
