import type { Wire } from '#features/gateway/config';
import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import { type Collected, createAnswerCollector } from '#features/gateway/conversation/collect-answer';
import type { Conversation } from '#features/gateway/conversation/conversation';
import { createToolNames } from '#features/gateway/conversation/tool-names';
import type { AnswerFrame, Target } from '#features/gateway/dialects/dialect';

/** A target that takes what it is sent, unless a test says otherwise. */
export function targetOf(known: Partial<Target> = {}): Target {
  return {
    model: 'some-model',
    provider: 'some-provider',
    maxOutputTokens: null,
    maxReasoningTokens: null,
    toolNames: createToolNames(),
    ...known,
  };
}

export function conversationOf(dialect: Wire, said: Partial<Conversation> = {}): Conversation {
  const text = { type: 'text', text: 'Hello', citations: [], cache: null, at: 'hello' } as const;
  return {
    dialect,
    model: 'asked-model',
    system: [],
    turns: [{ role: 'user', parts: [text], at: 'turn' }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    maxOutputTokens: null,
    temperature: null,
    topP: null,
    topK: null,
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    stopSequences: null,
    reasoning: null,
    outputFormat: null,
    serviceTier: null,
    endUser: null,
    verbosity: null,
    promptCacheKey: null,
    isStreaming: false,
    streamsUsage: true,
    beyond: [],
    ...said,
  };
}

export function frameOf(conversation: Conversation, known: Partial<AnswerFrame> = {}): AnswerFrame {
  return {
    model: 'asked-model',
    requestId: 'req_0f1e-2d3c',
    createdAtSeconds: 1_790_000_000,
    estimatedInputTokens: 42,
    streamsUsage: true,
    streamForm: 'events',
    conversation,
    ...known,
  };
}

export function collected(events: readonly AnswerEvent[]): Collected {
  const collector = createAnswerCollector(10_000_000);
  for (const event of events) collector.event(event);
  return collector.result();
}

/** Server-sent events as a reader of the gateway gets them: a name, which may be empty, and data. */
export function eventsOf(stream: string): readonly { readonly name: string; readonly data: string }[] {
  return stream
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const field = (label: string) =>
        event
          .split('\n')
          .filter((line) => line.startsWith(`${label}: `))
          .map((line) => line.slice(label.length + 2))
          .join('\n');
      return { name: field('event'), data: field('data') };
    });
}
