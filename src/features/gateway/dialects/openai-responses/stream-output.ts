import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { createPartSequencer, type PartSequencer } from '#features/gateway/conversation/sequence-parts';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { readAnnotation } from './annotations.ts';
import { readOutputItem } from './read-answer.ts';
import { type ReadCall, type ReadContent, type ReadReasoning, StreamParts } from './stream-parts.ts';
import { isGeneratedImage, isSearch } from './usage.ts';

type OpenItem = {
  readonly id: string | undefined;
  /** Of the sequencer: servers use an index twice. */
  readonly key: string;
  readonly type: string;
  /** Of a message, by `content_index`. */
  readonly contents: Map<number, ReadContent>;
  call: ReadCall | undefined;
  reasoning: ReadReasoning | undefined;
};

/** The items of an answer, put together from events: of the official servers, and of those that leave out half of them. */
export class StreamOutput {
  hasCalls = false;
  webSearches = 0;
  generatedImages = 0;
  readonly #from: Target;
  readonly #sequencer: PartSequencer;
  readonly #parts: StreamParts;
  readonly #open = new Map<number, OpenItem>();
  readonly #done = new Set<number | string>();
  #items = 0;

  constructor(emit: (event: AnswerEvent) => void, from: Target) {
    this.#from = from;
    this.#sequencer = createPartSequencer(emit);
    this.#parts = new StreamParts(this.#sequencer);
  }

  /** `type` is the event's without `response.`. */
  read(type: string, event: JsonObject): void {
    switch (type) {
      case 'output_text.delta':
        this.#say(event, 'text');
        return;
      case 'function_call_arguments.delta':
      case 'custom_tool_call_input.delta':
        this.#parts.argue(this.#itemOf(event)?.call, stringMember(event, 'delta') ?? '');
        return;
      case 'reasoning_summary_text.delta':
      case 'reasoning_text.delta':
        this.#think(type, event, stringMember(event, 'delta') ?? '');
        return;
      case 'refusal.delta':
        this.#say(event, 'refusal');
        return;
      case 'output_item.added':
        if (isJsonObject(event.item)) this.#add(event, event.item);
        return;
      case 'output_item.done':
        if (isJsonObject(event.item)) this.#finishTold(event, event.item);
        return;
      case 'content_part.done':
        if (isJsonObject(event.part)) this.#endContent(event, event.part);
        return;
      case 'output_text.annotation.added':
        this.#cite(event);
        return;
      case 'reasoning_summary_text.done':
      case 'reasoning_text.done':
        this.#think(type, event, stringMember(event, 'text') ?? '');
    }
  }

  /** The end: what no event has told yet stands in the output of the whole response. */
  complete(output: JsonValue | undefined): void {
    const items: readonly JsonValue[] = Array.isArray(output) ? output : [];
    const isMissing = items.length > this.#items;
    for (const [index, item] of items.entries()) {
      if (!isJsonObject(item)) continue;
      const open = this.#open.get(index);
      const isDone = this.#done.has(index) || this.#done.has(stringMember(item, 'id') ?? '');
      if (open !== undefined) this.#finish(open, item);
      else if (isMissing && !isDone) this.#finish(this.#add({ output_index: index }, item), item);
    }
    for (const open of [...this.#open.values()]) this.#finish(open, {});
    this.#sequencer.closeAll();
  }

  #itemOf(event: JsonObject): OpenItem | undefined {
    const index = numberMember(event, 'output_index');
    if (index !== undefined) return this.#open.get(index);
    const id = stringMember(event, 'item_id') ?? stringMember(event.item, 'id');
    for (const open of this.#open.values()) if (open.id === id) return open;
    return undefined;
  }

  /** The item of an event, which begins with it where no event said so; undefined for one that is done. */
  #begunItem(event: JsonObject, type: string): OpenItem | undefined {
    const open = this.#itemOf(event);
    if (open !== undefined) return open;
    const place = numberMember(event, 'output_index') ?? stringMember(event, 'item_id') ?? '';
    return this.#done.has(place) ? undefined : this.#add(event, { type });
  }

  #add(event: JsonObject, item: JsonObject): OpenItem {
    const index = numberMember(event, 'output_index') ?? this.#items;
    const before = this.#open.get(index);
    if (before !== undefined) this.#finish(before, {});
    const key = String(this.#items);
    this.#items += 1;
    const type = stringMember(item, 'type') ?? 'message';
    const id = stringMember(item, 'id') ?? stringMember(event, 'item_id');
    const open: OpenItem = { id, key, type, contents: new Map(), call: undefined, reasoning: undefined };
    this.#open.set(index, open);
    if (type === 'function_call' || type === 'custom_tool_call') this.#openCall(open, item);
    return open;
  }

  /** A call that has no name yet waits for its end. */
  #openCall(open: OpenItem, item: JsonObject): void {
    const [call] = readOutputItem(item, Number(open.key), this.#from);
    if (call?.type !== 'tool_call' || call.name === '') return;
    this.hasCalls = true;
    open.call = this.#parts.openCall(open.key, call, item.type === 'custom_tool_call');
  }

  #content(event: JsonObject, type: 'text' | 'refusal'): ReadContent | undefined {
    const open = this.#begunItem(event, 'message');
    return open === undefined ? undefined : this.#contentOf(open, numberMember(event, 'content_index') ?? 0, type);
  }

  #contentOf(open: OpenItem, index: number, type: 'text' | 'refusal'): ReadContent {
    const known = open.contents.get(index);
    if (known !== undefined) return known;
    const content: ReadContent = { key: `${open.key}.${index}`, type, isOpen: false, hasText: false, citations: 0 };
    open.contents.set(index, content);
    return content;
  }

  #say(event: JsonObject, type: 'text' | 'refusal'): void {
    const content = this.#content(event, type);
    if (content !== undefined) this.#parts.say(content, stringMember(event, 'delta') ?? '');
  }

  #cite(event: JsonObject): void {
    const content = isJsonObject(event.annotation) ? this.#content(event, 'text') : undefined;
    if (content !== undefined && isJsonObject(event.annotation)) {
      this.#parts.cite(content, readAnnotation(event.annotation));
    }
  }

  #endContent(event: JsonObject, part: JsonObject): void {
    if (part.type !== 'output_text' && part.type !== 'refusal') return;
    const content = this.#content(event, part.type === 'refusal' ? 'refusal' : 'text');
    if (content !== undefined) this.#parts.endContent(content, part);
  }

  #think(type: string, event: JsonObject, text: string): void {
    const open = this.#begunItem(event, 'reasoning');
    if (open === undefined) return;
    open.reasoning ??= this.#parts.reasoning(open.key);
    const isSummary = type.startsWith('reasoning_summary');
    const index = numberMember(event, isSummary ? 'summary_index' : 'content_index') ?? 0;
    this.#parts.think(open.reasoning, isSummary ? 'summary' : 'content', index, text, type.endsWith('.done'));
  }

  /** Said twice it is heard once. */
  #finishTold(event: JsonObject, item: JsonObject): void {
    const open = this.#itemOf(event);
    const isDone = this.#done.has(stringMember(item, 'id') ?? numberMember(event, 'output_index') ?? '');
    if (open !== undefined) this.#finish(open, item);
    else if (!isDone) this.#finish(this.#add(event, item), item);
  }

  /** The item as it is at last; empty for one that was never finished. */
  #finish(open: OpenItem, item: JsonObject): void {
    for (const [index, known] of this.#open) {
      if (known !== open) continue;
      this.#open.delete(index);
      this.#done.add(index);
    }
    if (open.id !== undefined) this.#done.add(open.id);
    switch (open.type) {
      case 'message':
        this.#finishMessage(open, item);
        return;
      case 'function_call':
      case 'custom_tool_call':
        if (open.call === undefined) this.#openCall(open, item);
        if (open.call !== undefined) this.#parts.endCall(open.call, item);
        return;
      case 'reasoning':
        this.#parts.endReasoning(open.reasoning, item);
        return;
      default:
        if (isSearch(item)) this.webSearches += 1;
        if (isGeneratedImage(item)) this.generatedImages += 1;
        for (const part of readOutputItem(item, 0, this.#from)) this.#sequencer.whole(part);
    }
  }

  #finishMessage(open: OpenItem, item: JsonObject): void {
    const parts: readonly JsonValue[] = Array.isArray(item.content) ? item.content : [];
    for (const [index, part] of parts.entries()) {
      if (!isJsonObject(part)) continue;
      this.#parts.endContent(this.#contentOf(open, index, part.type === 'refusal' ? 'refusal' : 'text'), part);
    }
    for (const content of open.contents.values()) this.#parts.endContent(content, {});
  }
}
