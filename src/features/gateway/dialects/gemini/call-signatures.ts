import type { Losses } from '#features/gateway/conversation/losses';
import { isJsonObject } from '#foundation/json';
import { SIGNATURE_PLACEHOLDER } from './thought-signatures.ts';
import type { OpenContent } from './write-contents.ts';

/**
 * Gives the placeholder to calls that came back without their signature. Gemini checks the first call of each step of
 * the current turn, which begins with the last content in which the user says anything but results.
 */
export function addCallSignatures(contents: readonly OpenContent[], losses: Losses): void {
  for (let index = contents.length - 1; index >= 0; index--) {
    const content = contents[index];
    if (content === undefined) return;
    if (content.role === 'model') signFirstCall(content, losses);
    else if (content.parts.some((part) => part.value.functionResponse === undefined)) return;
  }
}

function signFirstCall({ parts }: OpenContent, losses: Losses): void {
  const first = parts.find((part) => isJsonObject(part.value.functionCall));
  if (first === undefined || first.value.thoughtSignature !== undefined) return;
  first.value = { ...first.value, thoughtSignature: SIGNATURE_PLACEHOLDER };
  losses.change(first.at);
}
