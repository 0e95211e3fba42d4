import { createHash } from 'node:crypto';
import { acceptableCallId } from '#features/gateway/conversation/tool-names';
import type { Accent } from './accents.ts';

const CALL_ID_CHARACTERS_MAX = 40;

/** An id of a call as the upstream takes it; equal ids stay equal, so calls and results stay pairs. */
export function upstreamCallId(id: string, accent: Accent): string {
  if (accent.callIds === 'usual') return acceptableCallId(id, CALL_ID_CHARACTERS_MAX);
  return /^[A-Za-z0-9]{9}$/.test(id) ? id : digest(id, 9);
}

/** The id of a call to which its upstream gave none: the same whenever the same answer is read. */
export function madeCallId(answerId: string, index: number): string {
  return `call_${digest(`${answerId}/${index}`, 24)}`;
}

function digest(text: string, characters: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, characters);
}
