import fc from 'fast-check';
import type { Wire } from '#features/gateway/config';
import type { Stop, StopReason } from '#features/gateway/conversation/answer';
import type { AnswerEvent, OpenPart } from '#features/gateway/conversation/answer-event';
import type { Conversation, Effort, Tool, ToolChoice, Turn } from '#features/gateway/conversation/conversation';
import type { Part, ReasoningProof, Stated, TextPart } from '#features/gateway/conversation/part';
import { NO_USAGE, type TokenUsage } from '#features/gateway/usage';
import type { JsonValue } from '#foundation/json';

/** What of a `Conversation` a dialect can express; only that is generated, so that there and back is the identity. */
export type Expressible = {
  readonly dialect: Wire;
  readonly images: boolean;
  readonly imageUrls: boolean;
  readonly documents: boolean;
  readonly toolErrors: boolean;
  readonly callIds: boolean;
  readonly toolStrictness: boolean;
  readonly cacheMarkers: boolean;
  /** Thinking in the history, with the dialect's own proof. */
  readonly reasoningKinds: readonly ReasoningProof['kind'][];
  readonly efforts: readonly Effort[];
  readonly topK: boolean;
  readonly stopSequences: boolean;
  readonly endUser: boolean;
  readonly serviceTiers: readonly ('auto' | 'default' | 'flex' | 'priority')[];
};

const at = '';

function stated<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Stated<Value> | null> {
  return fc.option(
    value.map((inner) => ({ value: inner, at })),
    { nil: null },
  );
}

/** Words that no dialect trims, merges or leaves out: they begin and end with a letter. */
export const words: fc.Arbitrary<string> = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 24 }), fc.constantFrom('', '\n', '"', '\\', '</system>', '\u2028'))
  .map(([text, odd]) => `a${text}${odd}z`);

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);

/** JSON text of an object; some hold numbers that JavaScript would print otherwise. */
export const argumentsText: fc.Arbitrary<string> = fc.oneof(
  fc.constant('{}'),
  fc.constant('{"order":12345678901234567890,"price":1.10,"share":0.12345678901234567891}'),
  fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
);

const schema = fc.constantFrom(
  { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
  { type: 'object', properties: { zeta: { type: 'integer' }, alpha: { type: 'array', items: { type: 'number' } } } },
  { type: 'object', properties: {} },
);

export function conversations(can: Expressible): fc.Arbitrary<Conversation> {
  const tools = fc.uniqueArray(tool(can), { maxLength: 3, selector: ({ name: toolName }) => toolName });
  return fc.record({ tools, turns: turns(can) }).chain(({ tools: made, turns: spoken }) =>
    fc.record({
      dialect: fc.constant(can.dialect),
      model: fc.constant('some-model'),
      system: fc.array(text(can), { maxLength: 2 }),
      turns: fc.constant(spoken),
      tools: fc.constant(made),
      toolChoice: made.length === 0 ? fc.constant(null) : stated(toolChoice(made)),
      parallelToolCalls: made.length === 0 ? fc.constant(null) : stated(fc.constant(false)),
      maxOutputTokens: fc.integer({ min: 2_000, max: 9_000 }).map((value) => ({ value, at })),
      temperature: stated(fc.constantFrom(0, 0.25, 1)),
      topP: stated(fc.constantFrom(0.5, 0.95)),
      topK: can.topK ? stated(fc.integer({ min: 1, max: 40 })) : fc.constant(null),
      seed: fc.constant(null),
      frequencyPenalty: fc.constant(null),
      presencePenalty: fc.constant(null),
      stopSequences: can.stopSequences
        ? stated(fc.uniqueArray(words, { minLength: 1, maxLength: 4 }))
        : fc.constant(null),
      reasoning: fc.constant(null),
      outputFormat: fc.constant(null),
      serviceTier: can.serviceTiers.length === 0 ? fc.constant(null) : stated(fc.constantFrom(...can.serviceTiers)),
      endUser: can.endUser ? stated(name) : fc.constant(null),
      verbosity: fc.constant(null),
      promptCacheKey: fc.constant(null),
      isStreaming: fc.boolean(),
      streamsUsage: fc.constant(true),
      beyond: fc.constant([]),
    }),
  );
}

function marker(can: Expressible) {
  // Rarely, since four are all that any dialect takes.
  return can.cacheMarkers
    ? fc.option(
        fc.constantFrom('5m' as const, '1h' as const).map((ttl) => ({ value: { ttl }, at })),
        {
          nil: null,
          freq: 20,
        },
      )
    : fc.constant(null);
}

function text(can: Expressible): fc.Arbitrary<TextPart> {
  return fc.record({
    type: fc.constant('text' as const),
    text: words,
    citations: fc.constant([]),
    cache: marker(can),
    at: fc.constant(at),
  });
}

function tool(can: Expressible): fc.Arbitrary<Tool & { name: string }> {
  return fc.record({
    type: fc.constant('function' as const),
    name,
    description: fc.option(words, { nil: null }),
    schema,
    strict: can.toolStrictness ? stated(fc.boolean()) : fc.constant(null),
    cache: marker(can),
    at: fc.constant(at),
  });
}

function toolChoice(tools: readonly { readonly name: string }[]): fc.Arbitrary<ToolChoice> {
  return fc.oneof(
    fc.constantFrom<ToolChoice>({ type: 'auto' }, { type: 'none' }, { type: 'required', names: null }),
    fc.constantFrom(...tools).map((chosen): ToolChoice => ({ type: 'named', name: chosen.name })),
  );
}

/** Exchanges, each a turn of the user, one of the assistant and the results of what it called; the user has the last word. */
function turns(can: Expressible): fc.Arbitrary<readonly Turn[]> {
  const user = fc.array(fc.oneof({ weight: 3, arbitrary: text(can) }, media(can)), { minLength: 1, maxLength: 3 });
  const exchange = fc.record({
    user,
    assistant: assistantParts(can),
    results: fc.array(result(can), { maxLength: 2 }),
  });
  return fc.tuple(fc.array(exchange, { maxLength: 3 }), user).map(([exchanges, last]) => {
    const made: Turn[] = [];
    for (const [index, { user: said, assistant, results }] of exchanges.entries()) {
      const calls = results.map((_, call): Part => toolCall(can, `call_${index}_${call}`, results[call]?.text ?? '{}'));
      made.push({ role: 'user', parts: said, at }, { role: 'assistant', parts: [...assistant, ...calls], at });
      const answered = results.map(({ part }, call): Part => ({ ...part, callId: `call_${index}_${call}` }));
      if (answered.length > 0) made.push({ role: 'user', parts: [...answered, ...said], at });
      if (answered.length > 0) made.push({ role: 'assistant', parts: assistant.filter(isText), at });
    }
    return [...made, { role: 'user', parts: last, at }];
  });
}

function isText(part: Part): boolean {
  return part.type === 'text';
}

function toolCall(_can: Expressible, id: string, argumentsOfCall: string): Part {
  return { type: 'tool_call', id, name: 'look_up', argumentsText: argumentsOfCall, proof: null, cache: null, at };
}

function result(can: Expressible) {
  return fc.record({
    text: argumentsText,
    part: fc.record({
      type: fc.constant('tool_result' as const),
      callId: fc.constant(''),
      name: fc.constant(null),
      content: fc.array(text({ ...can, cacheMarkers: false }), { minLength: 1, maxLength: 1 }),
      isError: can.toolErrors ? fc.boolean() : fc.constant(false),
      cache: fc.constant(null),
      at: fc.constant(at),
    }),
  });
}

function assistantParts(can: Expressible): fc.Arbitrary<readonly Part[]> {
  const reasoning = can.reasoningKinds.length === 0 ? fc.constant([]) : fc.array(reasoningPart(can), { maxLength: 1 });
  return fc.tuple(reasoning, text(can)).map(([thought, said]) => [...thought, said]);
}

function reasoningPart(can: Expressible): fc.Arbitrary<Part> {
  return fc.tuple(fc.constantFrom(...can.reasoningKinds), words, fc.base64String({ minLength: 4 })).map(
    ([kind, thought, value]): Part => ({
      type: 'reasoning',
      text: kind === 'hidden' ? '' : thought,
      proof: { dialect: can.dialect, kind, value, id: null },
      at,
    }),
  );
}

function media(can: Expressible): fc.Arbitrary<Part> {
  const kinds: Part[] = [];
  const inline = { kind: 'inline', mediaType: 'image/png', base64: 'aGVsbG8=' } as const;
  if (can.images) kinds.push({ type: 'image', source: inline, detail: null, cache: null, at });
  if (can.imageUrls) {
    const source = { kind: 'url', url: 'https://example.com/a.png', mediaType: null } as const;
    kinds.push({ type: 'image', source, detail: null, cache: null, at });
  }
  if (can.documents) {
    const source = { ...inline, mediaType: 'application/pdf' };
    kinds.push({ type: 'document', source, title: 'report.pdf', context: null, wantsCitations: null, cache: null, at });
  }
  return kinds.length === 0 ? text(can) : fc.constantFrom(...kinds);
}

/** The same value with every place emptied, for comparing what two dialects say. */
export function withoutPlaces(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value), (key, member) => (key === 'at' ? '' : member));
}

export type ExpressibleAnswer = {
  readonly dialect: Wire;
  readonly reasons: readonly StopReason[];
  readonly reasoningKinds: readonly ReasoningProof['kind'][];
  /** Providers whose proofs a stream carries beside its own. */
  readonly foreignProofs: readonly Wire[];
  readonly callProofs: boolean;
  readonly usage: fc.Arbitrary<TokenUsage>;
};

/** Usage with the counts that every dialect has. */
export const plainUsage: fc.Arbitrary<TokenUsage> = fc
  .record({ inputTokens: fc.nat(100_000), outputTokens: fc.nat(100_000) })
  .map((counts) => ({ ...NO_USAGE, ...counts }));

/** Streams that keep the grammar of `answer-event.ts`, to their regular end. */
export function answerStreams(can: ExpressibleAnswer): fc.Arbitrary<readonly AnswerEvent[]> {
  const reason: fc.Arbitrary<StopReason> = fc.constantFrom(...can.reasons);
  return fc.tuple(fc.array(streamedPart(can), { maxLength: 4 }), reason, can.usage).map(([parts, ended, usage]) => {
    const start: AnswerEvent = { type: 'start', id: 'upstream-id', model: 'some-model' };
    const numbered = parts.map((make, index) => make(index));
    const hasCalls = numbered.flat().some((event) => event.type === 'open' && event.part.type === 'tool_call');
    const stop: Stop = { reason: hasCalls ? 'tool_use' : ended, sequence: null, detail: null };
    return [start, ...numbered.flat(), { type: 'finish', stop, usage }];
  });
}

function streamedPart(can: ExpressibleAnswer): fc.Arbitrary<(index: number) => readonly AnswerEvent[]> {
  const pieces = fc.array(words, { minLength: 1, maxLength: 4 });
  const spoken = pieces.map((texts) => () => inPieces({ type: 'text' }, texts, null));
  const called = fc.tuple(argumentsText, fc.nat(40), callProof(can)).map(
    ([json, cut, proof]) =>
      (index: number) =>
        inPieces(
          { type: 'tool_call', id: `call_${index}`, name: 'look_up' },
          [json.slice(0, cut), json.slice(cut)],
          proof,
        ),
  );
  if (can.reasoningKinds.length === 0) return fc.oneof(spoken, called);
  const thought = fc.tuple(pieces, proofs(can)).map(
    ([texts, proof]) =>
      () =>
        inPieces({ type: 'reasoning' }, proof.kind === 'hidden' ? [] : texts, proof),
  );
  return fc.oneof(spoken, called, thought);
}

function proofs(can: ExpressibleAnswer): fc.Arbitrary<ReasoningProof> {
  return fc.record({
    dialect: fc.constantFrom(can.dialect, ...can.foreignProofs),
    kind: fc.constantFrom(...can.reasoningKinds),
    value: fc.base64String({ minLength: 4 }),
    id: fc.constant(null),
  });
}

function callProof(can: ExpressibleAnswer): fc.Arbitrary<ReasoningProof | null> {
  if (!can.callProofs) return fc.constant(null);
  const made = fc.base64String({ minLength: 4 });
  return fc.option(
    made.map((value) => ({ dialect: 'gemini' as const, kind: 'signature' as const, value, id: null })),
    { nil: null },
  );
}

function inPieces(part: OpenPart, texts: readonly string[], proof: ReasoningProof | null): readonly AnswerEvent[] {
  const deltas = texts.filter((text) => text !== '').map((text): AnswerEvent => ({ type: 'delta', text }));
  return [{ type: 'open', part }, ...deltas, { type: 'close', proof }];
}
