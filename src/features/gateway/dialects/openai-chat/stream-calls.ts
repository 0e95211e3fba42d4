import type { ReasoningProof } from '#features/gateway/conversation/part';
import type { PartSequencer } from '#features/gateway/conversation/sequence-parts';
import { isJsonObject, type JsonObject, type JsonValue, numberMember, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { madeCallId } from './call-ids.ts';
import { readCallProof } from './call-proofs.ts';
import { createJsonCompleteness, type JsonCompleteness } from './json-completeness.ts';

/** Makes parts of the pieces of calls, which come by an index, one after the other or in turns. */
export type StreamCalls = {
  /** Calls without an id get one that is made from it. */
  answerId: string;
  readonly count: number;
  read(delta: JsonObject): void;
  /** Another part begins: calls that are complete are over, so that it need not wait. */
  partBegins(): void;
  /** Nothing more comes. */
  closeAll(): void;
};

type OpenCall = {
  readonly key: string;
  readonly place: number;
  id: string;
  /** Empty until it is told; a call is opened only then. */
  name: string;
  /** What came before the name did. */
  early: string;
  isOpen: boolean;
  isClosed: boolean;
  /** Called with text, which becomes the only member of JSON arguments. */
  isCustom: boolean;
  readonly completeness: JsonCompleteness;
  hasArguments: boolean;
  proof: ReasoningProof | null;
};

export function createStreamCalls(parts: PartSequencer, from: Target): StreamCalls {
  /** By the index of the upstream, the latest call at each. */
  const byIndex = new Map<number, OpenCall>();
  const all: OpenCall[] = [];

  /**
   * The call that a piece belongs to. Upstreams leave the index out, give every call the index 0, leave the id out, or
   * repeat id and name with every piece: another call begins with another id and a name, or with a name and new
   * arguments where the ones before are complete.
   */
  function callOf(delta: JsonObject, name: string, piece: string): OpenCall {
    const id = stringMember(delta, 'id') ?? '';
    const index = numberMember(delta, 'index') ?? indexOfId(id);
    const known = byIndex.get(index);
    if (known !== undefined && !beginsAnother(known, id, name, piece)) return known;
    const call = newCall(index, id);
    byIndex.set(index, call);
    all.push(call);
    return call;
  }

  function indexOfId(id: string): number {
    const last = all.at(-1);
    if (id === '') return last?.place ?? 0;
    return all.find((call) => call.id === id)?.place ?? all.length;
  }

  function newCall(place: number, id: string): OpenCall {
    partBegins();
    return {
      key: `call ${all.length}`,
      place,
      id,
      name: '',
      early: '',
      isOpen: false,
      isClosed: false,
      isCustom: false,
      completeness: createJsonCompleteness(),
      hasArguments: false,
      proof: null,
    };
  }

  function partBegins(): void {
    for (const call of all) if (isWhole(call)) close(call);
  }

  function open(call: OpenCall, name: string): void {
    call.isOpen = true;
    call.name = name;
    if (call.id === '') call.id = madeCallId(calls.answerId, all.indexOf(call));
    parts.open(call.key, { type: 'tool_call', id: call.id, name: from.toolNames.back(name) });
    if (call.isCustom) parts.delta(call.key, '{"input":"');
    append(call, call.early);
    call.early = '';
  }

  function append(call: OpenCall, piece: string): void {
    if (piece === '') return;
    if (call.isCustom) {
      parts.delta(call.key, JSON.stringify(piece).slice(1, -1));
      return;
    }
    call.hasArguments = true;
    call.completeness.push(piece);
    parts.delta(call.key, piece);
    // Younger parts wait for it, and it has said all.
    if (call !== all.at(-1) && isWhole(call)) close(call);
  }

  function close(call: OpenCall): void {
    if (call.isClosed) return;
    if (!call.isOpen) open(call, call.name);
    call.isClosed = true;
    if (call.isCustom) parts.delta(call.key, '"}');
    else if (!call.hasArguments) parts.delta(call.key, '{}');
    parts.close(call.key, call.proof);
  }

  const calls: StreamCalls = {
    answerId: '',
    get count() {
      return all.length;
    },
    read(delta) {
      const called = isJsonObject(delta.custom) ? delta.custom : delta.function;
      const name = stringMember(called, 'name') ?? '';
      const piece = pieceOf(called);
      const call = callOf(delta, name, piece);
      if (isJsonObject(delta.custom)) call.isCustom = true;
      if (call.id === '') call.id = stringMember(delta, 'id') ?? '';
      call.proof = readCallProof(delta) ?? call.proof;
      if (!call.isOpen && name === '') {
        call.early += piece;
        return;
      }
      if (!call.isOpen) open(call, name);
      append(call, piece);
    },
    partBegins,
    closeAll() {
      for (const call of all) close(call);
    },
  };
  return calls;
}

/** Whether its arguments are complete; those of a custom tool never show it. */
function isWhole(call: OpenCall): boolean {
  return !call.isClosed && call.isOpen && !call.isCustom && call.completeness.isComplete();
}

function beginsAnother(known: OpenCall, id: string, name: string, piece: string): boolean {
  if (name === '') return false;
  if (id !== '' && known.id !== '' && id !== known.id) return known.isOpen;
  const isFresh = id === '' && known.completeness.isComplete() && piece.trimStart().startsWith('{');
  return isFresh && known.isOpen;
}

function pieceOf(called: JsonValue | undefined): string {
  if (!isJsonObject(called)) return '';
  const piece = called.arguments ?? called.input;
  if (typeof piece === 'string') return piece;
  return piece === undefined || piece === null ? '' : JSON.stringify(piece);
}
