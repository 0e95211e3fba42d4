import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from '#foundation/http/exchange';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { Wire } from '../config.ts';
import type { Answer } from '../conversation/answer.ts';
import type { AnswerEvent } from '../conversation/answer-event.ts';
import type { Conversation } from '../conversation/conversation.ts';
import type { Losses } from '../conversation/losses.ts';
import type { ModelError } from '../conversation/model-error.ts';
import type { TokenUsage } from '../usage.ts';

/**
 * Everything that the gateway knows of one wire. The four folders beside this file hold the same files; nothing else
 * knows what a body of a dialect looks like.
 */
export type Dialect = {
  readonly wire: Wire;

  /**
   * What routing and judging need of a body, without translating it. Throws `invalid_input` naming the field. The
   * model and the streaming of Gemini stand in the path.
   */
  outline(body: JsonObject, address: RequestAddress): RequestOutline;

  // As the client speaks it.
  /** Throws `invalid_input` naming the field, for what is not of the dialect at all; unknown members are kept in `beyond`. */
  readRequest(body: JsonObject, address: RequestAddress): Conversation;
  writeAnswer(answer: Answer, as: AnswerFrame): JsonObject;
  createStreamWriter(send: (text: string) => void, as: AnswerFrame): AnswerStreamWriter;
  /** The whole error answer, with `retry-after` where it is known. */
  writeError(error: ModelError, requestId: string): Reply;

  // As the upstream speaks it.
  /** Throws `invalid_input` only for what can be neither expressed nor left out, such as a provider's tool. */
  writeRequest(conversation: Conversation, to: Target, losses: Losses): JsonObject;
  /** Throws `upstream` (code `upstream_not_an_answer`) for a 200 that holds none. */
  readAnswer(body: JsonValue, from: Target): Answer;
  createStreamReader(emit: (event: AnswerEvent) => void, from: Target): AnswerStreamReader;
  /** Never throws: HTML, nothing at all and arrays are errors too. `text` is the body, bounded and decoded. */
  readError(status: number, headers: IncomingHttpHeaders, text: string): ModelError;

  /** Reads a usage object of the wire, with every count in the sense of `TokenUsage`. */
  readUsage(usage: JsonValue | undefined): TokenUsage;
};

export type RequestAddress = {
  /** Of a model that the path names; null where the body does. */
  readonly model: string | null;
  readonly isStreaming: boolean;
};

export type RequestOutline = {
  readonly model: string;
  readonly isStreaming: boolean;
  /** In the order of the conversation, the system first. */
  readonly turns: readonly OutlineTurn[];
  /** Where the body holds the most that may be put out, for clamping in place; null when it holds none. */
  readonly maxOutputTokensPath: readonly (string | number)[] | null;
  /** The client's own end user, for attribution. */
  readonly endUser: string | null;
};

/** A piece of the conversation at its place in the body. Tool results are the user's, tool calls the assistant's. */
export type OutlineTurn = {
  readonly role: 'system' | 'user' | 'assistant';
  readonly path: readonly (string | number)[];
  readonly content: JsonValue;
};

/** The model that an upstream is asked for, and what is known of it. */
export type Target = {
  readonly model: string;
  /** The provider's tag, for dialects that providers speak with an accent. */
  readonly provider: string;
  readonly maxOutputTokens: number | null;
  readonly maxReasoningTokens: number | null;
  /** Names that the target would not take, and back. One for each request, shared by its writer and readers. */
  readonly toolNames: ToolNames;
};

/** Names of tools as a target takes them; the same name always becomes the same one, whatever else there is. */
export type ToolNames = {
  /** Characters outside `[A-Za-z0-9_-]` and beyond `charactersMax` give way to a digest. */
  outward(name: string, charactersMax: number): string;
  /** The client's own name of what `outward` made; any other name as it is. */
  back(name: string): string;
};

/** What an answer says of itself beside what the model said. */
export type AnswerFrame = {
  /** The model as the client asked for it. */
  readonly model: string;
  /** The gateway's request id; ids of answers are made from it. */
  readonly requestId: string;
  readonly createdAtSeconds: number;
  /** For a stream that must tell the size of the prompt before the upstream did. */
  readonly estimatedInputTokens: number;
  readonly streamsUsage: boolean;
  /** Gemini streams are server-sent events (`alt=sse`) or one JSON array. */
  readonly streamForm: 'events' | 'array';
  /** The request, for dialects whose answers repeat parts of it. */
  readonly conversation: Conversation;
};

export type AnswerStreamReader = {
  /** One server-sent event; an empty name where the wire gives none. Never throws: what cannot be read is skipped or becomes `error`. */
  event(name: string, data: string): void;
  /** The upstream closed its stream; emits `finish` if the answer was whole, else `error`. Nothing after an end. */
  end(): void;
};

export type AnswerStreamWriter = {
  write(event: AnswerEvent): void;
  /** A sign of life while the model is silent. */
  keepAlive(): void;
};
