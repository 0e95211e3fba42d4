import type { Stop } from '#features/gateway/conversation/answer';
import type { AnswerEvent, OpenPart } from '#features/gateway/conversation/answer-event';
import type { ModelError } from '#features/gateway/conversation/model-error';
import type { Citation, Part, ReasoningProof } from '#features/gateway/conversation/part';
import type { TokenUsage } from '#features/gateway/usage';
import type { JsonObject } from '#foundation/json';
import type { AnswerFrame, AnswerStreamWriter } from '../dialect.ts';
import { argsText } from './call-arguments.ts';
import { errorBody } from './errors.ts';
import { type CitedText, writeGrounding } from './grounding.ts';
import { writeBlockedPrompt, writeFinish } from './stop.ts';
import { signatureOf } from './thought-signatures.ts';
import { writeUsage } from './usage.ts';
import { addAnswerPart, responseIdOf } from './write-answer.ts';

/**
 * Writes server-sent events (`alt=sse`) or one JSON array. Signs of life are white space: typed clients of Google take
 * a comment of the event stream for broken data, and skip an empty event.
 */
export function createStreamWriter(send: (text: string) => void, as: AnswerFrame): AnswerStreamWriter {
  const tail = `,"modelVersion":${JSON.stringify(as.model)},"responseId":${JSON.stringify(responseIdOf(as))}}`;
  const afterParts = `],"role":"model"},"index":0}]${tail}`;
  const isArray = as.streamForm === 'array';
  let hasSent = false;
  let isOver = false;
  /** Parts so far, as a client that joins the texts of one kind counts them. */
  let parts = 0;
  let open: OpenPart | undefined;
  let texts: string[] = [];
  let citations: Citation[] = [];
  const cited: CitedText[] = [];

  function sendChunk(chunk: string): void {
    if (isArray) send(`${hasSent ? ',\n' : '['}${chunk}`);
    else send(`data: ${chunk}\n\n`);
    hasSent = true;
  }

  function sendPart(part: string): void {
    sendChunk(`{"candidates":[{"content":{"parts":[${part}${afterParts}`);
  }

  function openPart(part: OpenPart): void {
    open = part;
    texts = [];
    citations = [];
  }

  function delta(text: string): void {
    if (open === undefined || text === '') return;
    if (open.type === 'tool_call') {
      texts.push(text);
    } else if (open.type === 'reasoning') {
      sendPart(`{"text":${JSON.stringify(text)},"thought":true}`);
    } else {
      texts.push(text);
      sendPart(`{"text":${JSON.stringify(text)}}`);
    }
  }

  function close(proof: ReasoningProof | null): void {
    if (open === undefined) return;
    const signature = proof === null ? '' : `,"thoughtSignature":${JSON.stringify(signatureOf(proof))}`;
    if (open.type === 'tool_call') {
      const { id, name } = open;
      const call = `"id":${JSON.stringify(id)},"name":${JSON.stringify(name)},"args":${argsText(texts.join(''))}`;
      sendPart(`{"functionCall":{${call}}${signature}}`);
    } else if (open.type === 'reasoning') {
      if (signature !== '') sendPart(`{"text":"","thought":true${signature}}`);
    } else if (citations.length > 0) {
      cited.push({ partIndex: parts, text: texts.join(''), citations });
    }
    open = undefined;
    parts++;
  }

  /** Gemini's own signature without thoughts stands in a part without text; every other one is a thought. */
  function whole(part: Part): void {
    if (part.type === 'reasoning' && part.text === '' && part.proof?.dialect === 'gemini') {
      sendPart(`{"text":"","thoughtSignature":${JSON.stringify(signatureOf(part.proof))}}`);
    } else {
      const written: JsonObject[] = [];
      addAnswerPart(part, written);
      for (const value of written) sendPart(JSON.stringify(value));
      if (written.length === 0) return;
    }
    parts++;
  }

  function finish(stop: Stop, usage: TokenUsage): void {
    isOver = true;
    const blocked = hasSent ? undefined : writeBlockedPrompt(stop);
    const ending = blocked === undefined ? lastCandidate(stop) : `"promptFeedback":${JSON.stringify(blocked)}`;
    sendChunk(`{${ending},"usageMetadata":${JSON.stringify(writeUsage(usage))}${tail}`);
    if (isArray) send(']');
  }

  /** With a part, though an empty one: clients take content without parts for a broken answer. */
  function lastCandidate(stop: Stop): string {
    const grounding = writeGrounding(cited);
    const candidate = {
      content: { parts: [{ text: '' }], role: 'model' },
      ...writeFinish(stop),
      index: 0,
      ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    };
    return `"candidates":[${JSON.stringify(candidate)}]`;
  }

  /** The last element of an array; nothing that looks like success follows it. */
  function fail(error: ModelError): void {
    isOver = true;
    sendChunk(JSON.stringify({ error: errorBody(error, as.requestId) }));
    if (isArray) send(']');
  }

  function write(event: AnswerEvent): void {
    switch (event.type) {
      case 'delta':
        delta(event.text);
        break;
      case 'open':
        openPart(event.part);
        break;
      case 'close':
        close(event.proof);
        break;
      case 'part':
        whole(event.part);
        break;
      case 'citation':
        citations.push(event.citation);
        break;
      case 'finish':
        finish(event.stop, event.usage);
        break;
      case 'error':
        fail(event.error);
        break;
      case 'start':
      case 'usage':
    }
  }

  return {
    write(event) {
      if (!isOver) write(event);
    },
    keepAlive() {
      if (!isOver) send('\n\n');
    },
  };
}
