import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { proofOf } from '#features/gateway/conversation/carried-proof';
import type { ModelError } from '#features/gateway/conversation/model-error';
import { createPartSequencer, type PartSequencer } from '#features/gateway/conversation/sequence-parts';
import { mergeUsage } from '#features/gateway/usage';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberMember,
  parseJsonPrecisely,
  parseTrustedJson,
  stringMember,
} from '#foundation/json';
import type { AnswerStreamReader, Target } from '../dialect.ts';
import { readCitation, readCitations } from './citations.ts';
import { errorOfEvent } from './errors.ts';
import { createNativeBlock, type NativeBlock } from './native-block.ts';
import { callIdOf } from './read-answer.ts';
import { readRedactedThinking } from './reasoning-blocks.ts';
import { readStop } from './stop.ts';
import { argumentsOfInput } from './tool-input.ts';
import { readUsage } from './usage.ts';

/** Reads what api.anthropic.com sends, and what others send in its name: without starts, without ends, interleaved. */
export function createStreamReader(emit: (event: AnswerEvent) => void, from: Target): AnswerStreamReader {
  return new MessageStreamReader(emit, from);
}

type OpenBlock = {
  /** Of the sequencer: upstreams may use an index twice. */
  readonly key: string;
  readonly native: NativeBlock | undefined;
  signature: string;
  /** Arguments that came with the start of a call, for a call without pieces. */
  wholeArguments: string;
};

class MessageStreamReader implements AnswerStreamReader {
  readonly #emit: (event: AnswerEvent) => void;
  readonly #from: Target;
  readonly #parts: PartSequencer;
  readonly #open = new Map<number, OpenBlock>();
  #blocks = 0;
  #hasStarted = false;
  #hasToolCalls = false;
  #isOver = false;
  #usage: JsonObject = {};
  #stop: JsonObject = {};

  constructor(emit: (event: AnswerEvent) => void, from: Target) {
    this.#emit = emit;
    this.#from = from;
    this.#parts = createPartSequencer((event) => {
      if (this.#isOver) return;
      if (event.type === 'error') this.#isOver = true;
      emit(event);
    });
  }

  event(name: string, data: string): void {
    if (this.#isOver || name === 'ping') return;
    const event = name === 'content_block_delta' ? parsed(data) : parsedPrecisely(data);
    if (event !== undefined) this.#read(name, event);
    else if (name === 'error') this.#fail(errorOfEvent({ error: data }));
    else if (data.startsWith('{')) this.#fail(brokenOff('the upstream sent an event that is not JSON'));
  }

  end(): void {
    if (this.#isOver) return;
    if (typeof this.#stop.stop_reason === 'string') this.#finish();
    else this.#fail(brokenOff('the upstream closed the stream before the answer was complete'));
  }

  #read(name: string, event: JsonObject): void {
    switch (typeof event.type === 'string' ? event.type : name) {
      case 'content_block_delta':
        this.#delta(event);
        return;
      case 'message_start': {
        const message = isJsonObject(event.message) ? event.message : undefined;
        this.#start(message);
        this.#report(message?.usage);
        return;
      }
      case 'content_block_start':
        if (isJsonObject(event.content_block)) this.#startBlock(numberMember(event, 'index'), event.content_block);
        return;
      case 'content_block_stop':
        this.#closeBlock(numberMember(event, 'index') ?? 0);
        return;
      case 'message_delta':
        this.#start(undefined);
        this.#stop = mergeUsage(this.#stop, event.delta);
        this.#report(event.usage);
        return;
      case 'message_stop':
        this.#finish();
        return;
      case 'error':
        this.#fail(errorOfEvent(event));
    }
  }

  #start(message: JsonObject | undefined): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#emit({
      type: 'start',
      id: stringMember(message, 'id') ?? null,
      model: stringMember(message, 'model') ?? null,
    });
  }

  #report(reported: JsonValue | undefined): void {
    if (!isJsonObject(reported)) return;
    this.#usage = mergeUsage(this.#usage, reported);
    this.#emit({ type: 'usage', usage: readUsage(this.#usage) });
  }

  #startBlock(index: number = this.#blocks, block: JsonObject): void {
    this.#start(undefined);
    this.#closeBlock(index);
    const key = String(this.#blocks);
    this.#blocks += 1;
    switch (block.type) {
      case 'text':
        this.#keep(index, key);
        this.#parts.open(key, { type: 'text' });
        this.#parts.delta(key, stringMember(block, 'text') ?? '');
        for (const citation of readCitations(block.citations)) this.#parts.citation(key, citation);
        return;
      case 'thinking':
        this.#keep(index, key).signature = stringMember(block, 'signature') ?? '';
        this.#parts.open(key, { type: 'reasoning' });
        this.#parts.delta(key, stringMember(block, 'thinking') ?? '');
        return;
      case 'redacted_thinking':
        this.#parts.whole(readRedactedThinking(block, ''));
        return;
      case 'tool_use':
        this.#startCall(index, key, block);
        return;
      default:
        if (typeof block.type === 'string') this.#keep(index, key, createNativeBlock(block));
    }
  }

  #startCall(index: number, key: string, block: JsonObject): void {
    this.#hasToolCalls = true;
    const whole = argumentsOfInput(block.input);
    this.#keep(index, key).wholeArguments = whole === '{}' ? '' : whole;
    const name = this.#from.toolNames.back(stringMember(block, 'name') ?? '');
    this.#parts.open(key, { type: 'tool_call', id: callIdOf(block, Number(key)), name });
  }

  #keep(index: number, key: string, native?: NativeBlock): OpenBlock {
    const block: OpenBlock = { key, native, signature: '', wholeArguments: '' };
    this.#open.set(index, block);
    return block;
  }

  #delta(event: JsonObject): void {
    const { delta } = event;
    const block = this.#open.get(numberMember(event, 'index') ?? 0);
    if (block === undefined || !isJsonObject(delta)) return;
    if (block.native !== undefined) {
      block.native.append(delta);
      return;
    }
    switch (delta.type) {
      case 'text_delta':
        this.#parts.delta(block.key, stringMember(delta, 'text') ?? '');
        return;
      case 'thinking_delta':
        this.#parts.delta(block.key, stringMember(delta, 'thinking') ?? '');
        return;
      case 'input_json_delta': {
        const piece = stringMember(delta, 'partial_json') ?? '';
        if (piece !== '') block.wholeArguments = '';
        this.#parts.delta(block.key, piece);
        return;
      }
      case 'signature_delta':
        block.signature = stringMember(delta, 'signature') ?? block.signature;
        return;
      case 'citations_delta':
        if (isJsonObject(delta.citation)) this.#parts.citation(block.key, readCitation(delta.citation));
    }
  }

  #closeBlock(index: number): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    if (block.native !== undefined) {
      this.#parts.whole(block.native.part());
      return;
    }
    const { key, signature, wholeArguments } = block;
    this.#parts.delta(key, wholeArguments);
    this.#parts.close(key, signature === '' ? null : proofOf(signature, 'anthropic', 'signature'));
  }

  #finish(): void {
    this.#start(undefined);
    for (const index of [...this.#open.keys()]) this.#closeBlock(index);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#emit({ type: 'finish', stop: readStop(this.#stop, this.#hasToolCalls), usage: readUsage(this.#usage) });
  }

  #fail(error: ModelError): void {
    this.#isOver = true;
    this.#emit({ type: 'error', error });
  }
}

/** Whole inputs of tools stand in the starts of blocks; the pieces, which are most of a stream, are strings. */
function parsedPrecisely(data: string): JsonObject | undefined {
  try {
    const value = parseJsonPrecisely(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return parsed(data);
  }
}

function parsed(data: string): JsonObject | undefined {
  try {
    const value = parseTrustedJson(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function brokenOff(message: string): ModelError {
  return { kind: 'server', status: 500, message, code: null, param: null, retryAfterMs: null };
}
