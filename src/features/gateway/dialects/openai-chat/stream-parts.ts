import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { createPartSequencer } from '#features/gateway/conversation/sequence-parts';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { readAnnotations } from './annotations.ts';
import { audioPart, readImages } from './answer-media.ts';
import { thinkingText } from './read-answer.ts';
import type { Held } from './stop.ts';
import { createStreamCalls } from './stream-calls.ts';
import { createStreamReasoning } from './stream-reasoning.ts';

const AUDIO_CHARACTERS_MAX = 33_554_432;

/** Makes parts of deltas: pieces of one kind that follow each other are one part. */
export type StreamParts = {
  answerId: string;
  readonly held: Held;
  read(delta: JsonObject): void;
  closeAll(): void;
};

export function createStreamParts(emit: (event: AnswerEvent) => void, from: Target): StreamParts {
  const parts = createPartSequencer(emit);
  const calls = createStreamCalls(parts, from);
  const reasoning = createStreamReasoning(parts, () => {
    closeText();
    calls.partBegins();
  });
  let texts = 0;
  let open: { readonly key: string; readonly type: 'text' | 'refusal' } | undefined;
  let hasRefusal = false;
  /** Of the whole content, in which annotations count, and where the open text begins in it. */
  let contentLength = 0;
  let textStart = 0;
  const audio: Buffer[] = [];
  let audioCharacters = 0;

  function say(type: 'text' | 'refusal', text: string): void {
    if (text === '') return;
    if (open?.type !== type) begin(type);
    if (type === 'text') contentLength += text.length;
    else hasRefusal = true;
    if (open !== undefined) parts.delta(open.key, text);
  }

  function begin(type: 'text' | 'refusal'): void {
    reasoning.close();
    closeText();
    calls.partBegins();
    open = { key: `text ${texts++}`, type };
    textStart = contentLength;
    parts.open(open.key, { type });
  }

  function closeText(): void {
    if (open !== undefined) parts.close(open.key);
    open = undefined;
  }

  /** A text, or with Mistral parts, among which it thinks. */
  function readContent(content: JsonValue | undefined): void {
    if (typeof content === 'string') {
      say('text', content);
    } else if (Array.isArray(content)) {
      for (const part of content) {
        const thought = thinkingText(part);
        if (thought === '') say('text', stringMember(part, 'text') ?? '');
        else reasoning.text(thought);
      }
    }
  }

  function readCalls(list: JsonValue | undefined): void {
    if (!Array.isArray(list)) return;
    for (const call of list) {
      if (!isJsonObject(call)) continue;
      reasoning.close();
      closeText();
      calls.read(call);
    }
  }

  function cite(annotations: JsonValue | undefined): void {
    if (open?.type !== 'text') return;
    for (const citation of readAnnotations(annotations, textStart)) parts.citation(open.key, citation);
  }

  /** Pieces of sound, each encoded for itself, and the words to it. */
  function readAudio(piece: JsonObject): void {
    say('text', stringMember(piece, 'transcript') ?? '');
    const data = stringMember(piece, 'data') ?? '';
    audioCharacters += data.length;
    if (data !== '' && audioCharacters <= AUDIO_CHARACTERS_MAX) audio.push(Buffer.from(data, 'base64'));
  }

  return {
    get answerId() {
      return calls.answerId;
    },
    set answerId(id) {
      calls.answerId = id;
    },
    get held() {
      return { hasCalls: calls.count > 0, hasRefusal };
    },
    read(delta) {
      reasoning.read(delta);
      readContent(delta.content);
      if (typeof delta.refusal === 'string') say('refusal', delta.refusal);
      if (delta.annotations !== undefined) cite(delta.annotations);
      if (delta.tool_calls !== undefined) readCalls(delta.tool_calls);
      if (isJsonObject(delta.function_call)) readCalls([{ index: 0, function: delta.function_call }]);
      if (isJsonObject(delta.audio)) readAudio(delta.audio);
      if (delta.images === undefined) return;
      for (const image of readImages(delta.images)) {
        reasoning.close();
        closeText();
        calls.partBegins();
        parts.whole(image);
      }
    },
    closeAll() {
      reasoning.close();
      closeText();
      calls.closeAll();
      if (audio.length > 0) parts.whole(audioPart(Buffer.concat(audio).toString('base64')));
      parts.closeAll();
    },
  };
}
