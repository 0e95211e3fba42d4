import { createHash } from 'node:crypto';
import type { ToolNames } from '../dialects/dialect.ts';

const DIGEST_CHARACTERS = 10;

/** The names of one request; stateless between requests, so that a tool has the same name in every turn. */
export function createToolNames(): ToolNames {
  const names = new Map<string, string>();
  return {
    outward(name, charactersMax) {
      const outward = acceptable(name, charactersMax) ? name : derived(name, charactersMax);
      if (outward !== name) names.set(outward, name);
      return outward;
    },
    back: (name) => names.get(name) ?? name,
  };
}

/** An id of a tool call as a target takes it; pairs of call and result stay pairs because equal ids stay equal. */
export function acceptableCallId(id: string, charactersMax: number): string {
  return acceptable(id, charactersMax) ? id : derived(id, charactersMax);
}

function acceptable(name: string, charactersMax: number): boolean {
  return name.length > 0 && name.length <= charactersMax && /^[A-Za-z0-9_-]+$/.test(name);
}

/** The digest keeps apart what would become equal when characters are replaced and cut. */
function derived(name: string, charactersMax: number): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_CHARACTERS);
  const readable = name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, charactersMax - DIGEST_CHARACTERS - 1);
  return `${readable}_${digest}`;
}
