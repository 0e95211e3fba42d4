import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import { isJsonObject, type JsonObject, parseJsonBytes } from '#foundation/json';
import type { ContentPart } from '#governance/policy/call';
import type { Dialect, OutlineTurn, RequestAddress, RequestOutline } from './dialects/dialect.ts';

/** What is asked of a model: an answer, the size of a prompt, or vectors. */
export type Operation = 'generate' | 'count_tokens' | 'embed';

/** One of the doors that a client may knock at: what it asks for, and in which words. */
export type Door = {
  readonly operation: Operation;
  readonly dialect: Dialect;
  readonly outline: Dialect['outline'];
};

/** A request as it came, and what the gateway itself needs to know of it. */
export type ModelRequest = {
  readonly door: Door;
  readonly address: RequestAddress;
  /** How a stream of Gemini is framed: events, or one array. */
  readonly streamForm: 'events' | 'array';
  readonly bytes: Buffer;
  readonly body: JsonObject;
  readonly outline: RequestOutline;
};

const MODEL_CHARACTERS_MAX = 256;

/**
 * Parses what routing and judging need, and nothing more: fields that this version does not know belong to the
 * upstream, which answers for them. Throws `invalid_input` naming the field.
 */
export function parseModelRequest(door: Door, exchange: Exchange): ModelRequest {
  const { body: bytes, query } = exchange;
  const address = addressOf(exchange);
  if (bytes.length === 0) throw invalid('the body is empty', 'send a JSON object');
  const body = parseJsonBytes(bytes);
  if (!isJsonObject(body)) throw invalid('the body is not a JSON object', 'send a JSON object');
  const outline = door.outline(body, address);
  requireModelName(outline.model);
  const streamForm = query.get('alt') === 'sse' || address.model === null ? 'events' : 'array';
  return { door, address, streamForm, bytes, body, outline };
}

/** The model and the form of the answer that a path names: `/v1beta/models/{model}:streamGenerateContent?alt=sse`. */
function addressOf(exchange: Exchange): RequestAddress {
  return {
    model: exchange.params.model ?? null,
    isStreaming: exchange.path.endsWith(':streamGenerateContent'),
  };
}

function requireModelName(model: string): void {
  if (model === '') throw invalid('model: a non-empty string is required', 'name a model');
  if (model.length <= MODEL_CHARACTERS_MAX && !/\p{Cc}/u.test(model)) return;
  throw invalid(`model: at most ${MODEL_CHARACTERS_MAX} printable characters are accepted`, 'name a model');
}

function invalid(message: string, remedy: string): OperatingError {
  return new OperatingError('invalid_input', 'message_request', message, { remedy });
}

/**
 * What is new in a request, and what was judged when it was new: the system prompt and the turns since the model last
 * spoke, against the turns before. A last turn of the assistant is a prefill that the client wrote, so it is new too.
 */
export function judgedContent({ outline }: ModelRequest): {
  readonly content: readonly ContentPart[];
  readonly history: readonly ContentPart[];
} {
  const isNew = newTurnTest(outline.turns);
  const content: ContentPart[] = [];
  const history: ContentPart[] = [];
  for (const [index, turn] of outline.turns.entries()) {
    (isNew(turn, index) ? content : history).push({ path: turn.path, value: turn.content });
  }
  return { content, history };
}

/** The words of the system that open the conversation, and the turns that the model has not answered yet. */
export function newTurns({ outline }: ModelRequest): readonly OutlineTurn[] {
  return outline.turns.filter(newTurnTest(outline.turns));
}

function newTurnTest(turns: readonly OutlineTurn[]): (turn: OutlineTurn, index: number) => boolean {
  let first = turns.length;
  while (first > 0 && turns[first - 1]?.role === 'assistant') first--;
  while (first > 0 && turns[first - 1]?.role !== 'assistant') first--;
  const opening = turns.findIndex((turn) => turn.role !== 'system');
  return (_turn, index) => index >= first || index < opening;
}
