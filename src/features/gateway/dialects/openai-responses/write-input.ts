import type { Conversation, Turn } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '#features/gateway/conversation/part';
import { acceptableCallId } from '#features/gateway/conversation/tool-names';
import { isJsonObject, type JsonObject } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { nativeAnnotations } from './annotations.ts';
import { freeformNames, inputOfArguments } from './freeform.ts';
import type { ModelTraits } from './model-traits.ts';
import { type ContentWriter, createContentWriter } from './write-content.ts';
import { TOOL_NAME_CHARACTERS_MAX } from './write-tools.ts';

const CALL_ID_CHARACTERS_MAX = 64;

/** `instructions` and `input`. Words of the system are one text, or blocks of a message where there are several. */
export function writeInput(conversation: Conversation, to: Target, traits: ModelTraits, losses: Losses): JsonObject {
  const content = createContentWriter(traits, losses);
  const items = new ItemWriter(conversation, to, content, losses);
  const [only, ...others] = conversation.system;
  if (only !== undefined && others.length === 0 && only.cache === null) {
    if (only.citations.length > 0) losses.drop(`${only.at}.citations`);
    return { ...(only.text === '' ? {} : { instructions: only.text }), input: items.write() };
  }
  const system = content.parts(conversation.system);
  return { input: [...(system.length === 0 ? [] : [message('system', system)]), ...items.write()] };
}

function message(role: Turn['role'], content: readonly JsonObject[]): JsonObject {
  return { type: 'message', role, content };
}

class ItemWriter {
  readonly #items: JsonObject[] = [];
  readonly #freeform: ReadonlySet<string>;
  /** Calls with text have results of their own kind. */
  readonly #freeformCalls = new Set<string>();
  readonly #turns: readonly Turn[];
  readonly #to: Target;
  readonly #content: ContentWriter;
  readonly #losses: Losses;

  constructor(conversation: Conversation, to: Target, content: ContentWriter, losses: Losses) {
    this.#turns = conversation.turns;
    this.#freeform = freeformNames(conversation.tools);
    this.#to = to;
    this.#content = content;
    this.#losses = losses;
  }

  write(): readonly JsonObject[] {
    for (const turn of this.#turns) {
      if (turn.role === 'assistant') this.#assistant(turn);
      else this.#said(turn);
    }
    // The model answers such a turn anew instead of going on from it.
    const last = this.#turns.at(-1);
    if (last?.role === 'assistant') this.#losses.change(last.at);
    return this.#items;
  }

  /** Results first, then what the user or the system says. */
  #said(turn: Turn): void {
    const said: Part[] = [];
    for (const part of turn.parts) {
      if (part.type === 'tool_result') this.#items.push(this.#result(part));
      else if (part.type === 'native') this.#native(part);
      else said.push(part);
    }
    const content = this.#content.parts(said);
    if (content.length > 0) this.#items.push(message(turn.role, content));
  }

  #assistant(turn: Turn): void {
    const first = this.#items.length;
    let reasoned: { readonly part: ReasoningPart; readonly item: JsonObject } | undefined;
    for (const part of turn.parts) {
      const item = this.#assistantItem(part);
      if (item === undefined) continue;
      this.#items.push(item);
      if (part.type === 'reasoning') reasoned = { part, item };
    }
    // Reasoning without what it led to is refused.
    if (reasoned === undefined || this.#items.at(-1) !== reasoned.item) return;
    while (this.#items.length > first && this.#items.at(-1)?.type === 'reasoning') this.#items.pop();
    this.#losses.drop(reasoned.part.at);
  }

  #assistantItem(part: Part): JsonObject | undefined {
    switch (part.type) {
      case 'text':
        return this.#spoken(part);
      case 'refusal':
        return message('assistant', [{ type: 'refusal', refusal: part.text }]);
      case 'tool_call':
        return this.#call(part);
      case 'reasoning':
        return this.#reasoning(part);
      case 'native':
        this.#native(part);
        return undefined;
      default:
        // Only a user can show something.
        this.#losses.drop(part.at);
        return undefined;
    }
  }

  /** A text alone is what every server of this API understands as a word of the assistant. */
  #spoken({ text, citations, cache, at }: TextPart): JsonObject | undefined {
    if (cache !== null) this.#losses.drop(cache.at);
    const annotations = nativeAnnotations(citations);
    if (annotations.length < citations.length) this.#losses.drop(`${at}.citations`);
    if (text === '') return undefined;
    if (annotations.length === 0) return { type: 'message', role: 'assistant', content: text };
    return message('assistant', [{ type: 'output_text', text, annotations }]);
  }

  #call(part: ToolCallPart): JsonObject {
    if (part.cache !== null) this.#losses.drop(part.cache.at);
    if (part.proof !== null) this.#losses.drop(`${part.at}.signature`);
    const call_id = acceptableCallId(part.id, CALL_ID_CHARACTERS_MAX);
    const name = this.#to.toolNames.outward(part.name, TOOL_NAME_CHARACTERS_MAX);
    if (!this.#freeform.has(part.name)) return { type: 'function_call', call_id, name, arguments: part.argumentsText };
    this.#freeformCalls.add(part.id);
    return { type: 'custom_tool_call', call_id, name, input: inputOfArguments(part.argumentsText) };
  }

  #result(part: ToolResultPart): JsonObject {
    const isFreeform = this.#freeformCalls.has(part.callId);
    return {
      type: isFreeform ? 'custom_tool_call_output' : 'function_call_output',
      call_id: acceptableCallId(part.callId, CALL_ID_CHARACTERS_MAX),
      output: this.#content.output(part),
    };
  }

  /** Reasoning is taken back only encrypted, under its own id, and never in plain words without. */
  #reasoning({ text, proof, at }: ReasoningPart): JsonObject | undefined {
    if (proof?.dialect === 'openai-responses') {
      return {
        type: 'reasoning',
        ...(proof.id === null ? {} : { id: proof.id }),
        summary: text === '' ? [] : [{ type: 'summary_text', text }],
        encrypted_content: proof.value,
      };
    }
    if (proof !== null || text !== '') this.#losses.drop(at);
    return undefined;
  }

  #native(part: Part & { readonly type: 'native' }): void {
    if (part.dialect === 'openai-responses' && isJsonObject(part.value)) this.#items.push(part.value);
    else this.#losses.drop(part.at);
  }
}
