import type { AnswerEvent } from '#features/gateway/conversation/answer-event';
import type { ReasoningProof } from '#features/gateway/conversation/part';
import { isJsonObject, type JsonObject, stringMember } from '#foundation/json';
import type { Target } from '../dialect.ts';
import { madeCallId } from './call-ids.ts';
import { readCitations } from './grounding.ts';
import { createPartialArguments, type PartialArguments } from './partial-arguments.ts';
import { readCall } from './read-answer.ts';
import { readContentPart } from './read-parts.ts';
import { proofOfSignature } from './thought-signatures.ts';

/** The text that citations count in; what is longer is cited as a whole. */
const CITED_CHARACTERS_MAX = 4_194_304;

/** Makes parts of the pieces of a stream: texts of one kind that follow each other are one part. */
export type StreamParts = {
  /** Calls without an id get one that is made from it. */
  responseId: string;
  readonly calls: number;
  read(part: JsonObject): void;
  /** The citations of a candidate, for the text that is open. */
  cite(candidate: JsonObject): void;
  closeAll(): void;
};

/** A call whose arguments come in pieces. */
type OpenCall = { readonly name: string; readonly pieces: PartialArguments; proof: ReasoningProof | null };

export function createStreamParts(emit: (event: AnswerEvent) => void, from: Target): StreamParts {
  let open: 'text' | 'reasoning' | undefined;
  let openCall: OpenCall | undefined;
  let texts: string[] = [];
  let textCharacters = 0;
  let calls = 0;

  function readText(text: string, isThought: boolean, signature: string | undefined): void {
    if (text !== '') {
      const type = isThought ? 'reasoning' : 'text';
      if (open !== type) begin(type);
      emit({ type: 'delta', text });
      if (!isThought) keepText(text);
    }
    if (signature === undefined) return;
    const isOfThought = isThought && open === 'reasoning';
    const proof = proofOfSignature(signature, text === '' && !isOfThought ? 'hidden' : 'signature');
    if (isOfThought) close(proof);
    else if (proof !== null) addProof(proof);
  }

  /** A signature of no thought: behind the text that it stands on. */
  function addProof(proof: ReasoningProof): void {
    close(null);
    emit({ type: 'part', part: { type: 'reasoning', text: '', proof, at: '' } });
  }

  function begin(type: 'text' | 'reasoning'): void {
    close(null);
    open = type;
    texts = [];
    textCharacters = 0;
    emit({ type: 'open', part: { type } });
  }

  function keepText(text: string): void {
    textCharacters += text.length;
    if (textCharacters <= CITED_CHARACTERS_MAX) texts.push(text);
  }

  function readFunctionCall(call: JsonObject, part: JsonObject): void {
    const signature = stringMember(part, 'thoughtSignature');
    if (openCall === undefined || !continues(call, openCall)) {
      close(null);
      const whole = readCall(call, part, madeCallId(parts.responseId, calls++, stringMember(call, 'name') ?? ''), from);
      emit({ type: 'open', part: { type: 'tool_call', id: whole.id, name: whole.name } });
      if (!isPiece(call)) {
        emit({ type: 'delta', text: whole.argumentsText });
        emit({ type: 'close', proof: whole.proof });
        return;
      }
      openCall = { name: stringMember(call, 'name') ?? '', pieces: createPartialArguments(), proof: null };
    }
    openCall.proof ??= proofOfSignature(signature, 'signature');
    openCall.pieces.add(call.partialArgs);
    if (call.willContinue !== true) closeCall(openCall);
  }

  function closeCall({ pieces, proof }: OpenCall): void {
    openCall = undefined;
    emit({ type: 'delta', text: pieces.text() });
    emit({ type: 'close', proof });
  }

  function close(proof: ReasoningProof | null): void {
    if (openCall !== undefined) closeCall(openCall);
    if (open === undefined) return;
    open = undefined;
    emit({ type: 'close', proof });
  }

  const parts: StreamParts = {
    responseId: '',
    get calls() {
      return calls;
    },
    read(part) {
      if (typeof part.text === 'string') {
        readText(part.text, part.thought === true, stringMember(part, 'thoughtSignature'));
      } else if (isJsonObject(part.functionCall)) {
        readFunctionCall(part.functionCall, part);
      } else {
        for (const whole of readContentPart(part, '') ?? []) {
          close(null);
          emit({ type: 'part', part: whole });
        }
      }
    },
    cite(candidate) {
      if (open !== 'text') return;
      const text = textCharacters <= CITED_CHARACTERS_MAX ? texts.join('') : undefined;
      for (const { citation } of readCitations(candidate, () => text)) emit({ type: 'citation', citation });
    },
    closeAll: () => close(null),
  };
  return parts;
}

function continues(call: JsonObject, openCall: OpenCall): boolean {
  const name = stringMember(call, 'name') ?? '';
  return call.args === undefined && (name === '' || name === openCall.name);
}

function isPiece(call: JsonObject): boolean {
  return call.args === undefined && (call.willContinue === true || call.partialArgs !== undefined);
}
