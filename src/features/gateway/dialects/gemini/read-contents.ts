import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part, ToolResultPart } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, type JsonValue, stringMember } from '#foundation/json';
import { argumentsOfArgs } from './call-arguments.ts';
import { type CallLedger, createCallLedger } from './call-ids.ts';
import { readResponse } from './function-response.ts';
import { joinPieces, joinSignatures, spoken } from './join-pieces.ts';
import { readContentPart } from './read-parts.ts';
import {
  invalidRequest,
  type Message,
  memberAt,
  messageList,
  messageMember,
  messageOf,
  noteBeyond,
  placeOf,
  requiredString,
} from './request-message.ts';
import { proofOfSignature } from './thought-signatures.ts';

type Reading = { readonly ledger: CallLedger; readonly beyond: string[] };
type OpenTurn = { readonly role: 'user' | 'assistant'; readonly parts: Part[]; readonly at: string };

const CONTENT_MEMBERS = new Set(['role', 'parts']);

/** The turns of `contents`. Throws `invalid_input` for what is no content, and for results that answer nothing. */
export function readContents(contents: readonly JsonObject[], beyond: string[]): readonly Turn[] {
  const reading: Reading = { ledger: createCallLedger(), beyond };
  const turns: OpenTurn[] = [];
  for (const [index, sent] of contents.entries()) {
    const content = messageOf(sent, `contents[${index}]`);
    noteBeyond(content, CONTENT_MEMBERS, beyond);
    const role = readRole(content);
    if (role === 'assistant') reading.ledger.modelTurn();
    else reading.ledger.userTurn();
    const parts = messageList(content, 'parts').flatMap((part) => readPart(part, reading));
    if (parts.length > 0) addTurn(turns, { role, parts: resultsFirst(joinSignatures(parts)), at: content.at });
  }
  return turns.map((turn) => ({ ...turn, parts: spoken(turn.parts) }));
}

function readRole(content: Message): OpenTurn['role'] {
  const { role } = content.members;
  if (role === 'model') return 'assistant';
  if (role === undefined || role === null || role === '' || role === 'user' || role === 'function') return 'user';
  throw invalidRequest(memberAt(content.at, 'role'), 'must be user, model or function', 'send one of these roles');
}

/**
 * What a user says right after results belongs to their turn, and results of one turn of the model are one turn. So
 * are contents of the model that follow each other: each may be one chunk of a stream.
 */
function addTurn(turns: OpenTurn[], turn: OpenTurn): void {
  const before = turns.at(-1);
  if (before === undefined || before.role !== turn.role) {
    turns.push(turn);
  } else if (turn.role === 'assistant') {
    turns[turns.length - 1] = { ...before, parts: joinPieces(before.parts, turn.parts) };
  } else if (before.parts[0]?.type === 'tool_result') {
    turns[turns.length - 1] = { ...before, parts: resultsFirst([...before.parts, ...turn.parts]) };
  } else {
    turns.push(turn);
  }
}

function resultsFirst(parts: readonly Part[]): Part[] {
  const results = parts.filter((part) => part.type === 'tool_result');
  return results.length === 0 ? [...parts] : [...results, ...parts.filter((part) => part.type !== 'tool_result')];
}

const PART_MEMBERS = new Set([
  'text',
  'thought',
  'thoughtSignature',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
]);

function readPart(part: Message, reading: Reading): readonly Part[] {
  if (Object.keys(part.sent).length === 0) {
    throw invalidRequest(part.at, 'holds no data', 'send text, inlineData, fileData, functionCall or functionResponse');
  }
  noteBeyond(part, PART_MEMBERS, reading.beyond);
  const call = messageMember(part, 'functionCall');
  if (call !== undefined) return [readCall(call, part, reading)];
  const response = messageMember(part, 'functionResponse');
  if (response !== undefined) return [readResult(response, part, reading)];
  const { text } = part.members;
  if (text !== undefined && text !== null && typeof text !== 'string') {
    throw invalidRequest(placeOf(part, 'text'), 'a string is required', 'send text as a string');
  }
  return readContentPart(withCamelMedia(part), part.at) ?? [];
}

/** Media are the only members of a part whose own members are read. */
function withCamelMedia(part: Message): JsonObject {
  const inlineData = messageMember(part, 'inlineData');
  const fileData = messageMember(part, 'fileData');
  if (inlineData !== undefined) {
    requiredString(inlineData, 'mimeType');
    requiredString(inlineData, 'data');
    return { ...part.members, inlineData: inlineData.members };
  }
  if (fileData === undefined) return part.members;
  requiredString(fileData, 'fileUri');
  return { ...part.members, fileData: fileData.members };
}

const CALL_MEMBERS = new Set(['id', 'name', 'args']);

function readCall(call: Message, part: Message, { ledger, beyond }: Reading): Part {
  noteBeyond(call, CALL_MEMBERS, beyond);
  const name = requiredString(call, 'name');
  const { args } = call.members;
  if (args !== undefined && args !== null && !isJsonObject(args)) {
    throw invalidRequest(placeOf(call, 'args'), 'an object is required', 'send the arguments as an object');
  }
  return {
    type: 'tool_call',
    id: ledger.call(ownId(call), name, part.at),
    name,
    argumentsText: argumentsOfArgs(args),
    proof: proofOfSignature(stringMember(part.members, 'thoughtSignature'), 'signature'),
    cache: null,
    at: part.at,
  };
}

const RESPONSE_MEMBERS = new Set(['id', 'name', 'response', 'parts']);

function readResult(response: Message, part: Message, { ledger, beyond }: Reading): Part {
  noteBeyond(response, RESPONSE_MEMBERS, beyond);
  const name = requiredString(response, 'name');
  const { content, isError } = readResponse(response.members.response, part.at);
  return {
    type: 'tool_result',
    callId: ledger.result(ownId(response), name, part.at),
    name,
    content: [...content, ...messageList(response, 'parts').flatMap((item) => readResultMedia(item, beyond))],
    isError,
    cache: null,
    at: part.at,
  };
}

function readResultMedia(item: Message, beyond: string[]): ToolResultPart['content'] {
  const [media] = readContentPart(withCamelMedia(item), item.at) ?? [];
  if (media?.type === 'image' || media?.type === 'document' || media?.type === 'audio') return [media];
  beyond.push(item.at);
  return [];
}

function ownId(message: Message): string | undefined {
  const id: JsonValue | undefined = message.members.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
