import type { Turn } from '#features/gateway/conversation/conversation';
import type { Part, TextPart, ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject } from '#foundation/json';
import { readItem } from './read-items.ts';
import { withCallProofs } from './reasoning-items.ts';
import { invalidRequest, memberAt } from './request-place.ts';

export type ReadInput = { readonly system: readonly TextPart[]; readonly turns: readonly Turn[] };

/**
 * The turns of a flat list of items: what the model put out between two words of the user is one turn, and results
 * stand where every dialect can find them. Throws `invalid_input` for a result that answers no call. `bare` is the
 * place of an input that is one text.
 */
export function readInput(items: readonly JsonObject[], beyond: string[], bare?: string): ReadInput {
  const list = new TurnList();
  for (const [index, item] of items.entries()) {
    const at = bare ?? `input[${index}]`;
    const { role, parts } = readItem(item, { at, beyond });
    list.add(role, bare === undefined ? parts : parts.map((part) => ({ ...part, at })), at);
  }
  return { system: list.system, turns: list.turns() };
}

type OpenTurn = {
  readonly role: Turn['role'];
  readonly parts: Part[];
  readonly at: string;
  /** Of the parts, the first ones. */
  results: number;
  /** The turn with the results of the calls in this one. */
  answered: OpenTurn | undefined;
};

function openTurn(role: Turn['role'], parts: readonly Part[], at: string): OpenTurn {
  return { role, parts: [...parts], at, results: 0, answered: undefined };
}

class TurnList {
  /** What the system says before anybody else. */
  readonly system: TextPart[] = [];
  readonly #turns: OpenTurn[] = [];
  /** The turn that each call stands in; of equal ids the latest. */
  readonly #calls = new Map<string, OpenTurn>();

  turns(): readonly Turn[] {
    return this.#turns.map(({ role, parts, at }) => ({
      role,
      parts: role === 'assistant' ? withCallProofs(parts) : parts,
      at,
    }));
  }

  add(role: Turn['role'], parts: readonly Part[], at: string): void {
    if (parts.length === 0) return;
    if (role === 'system') this.#addSystem(parts, at);
    else if (role === 'assistant') this.#addAssistant(parts, at);
    else this.#addUser(parts, at);
  }

  #addSystem(parts: readonly Part[], at: string): void {
    if (this.#turns.length > 0) this.#turns.push(openTurn('system', parts, at));
    else this.system.push(...parts.filter((part) => part.type === 'text'));
  }

  #addAssistant(parts: readonly Part[], at: string): void {
    const last = this.#turns.at(-1);
    const turn = last?.role === 'assistant' ? last : openTurn('assistant', [], at);
    if (turn !== last) this.#turns.push(turn);
    for (const part of parts) {
      turn.parts.push(part);
      if (part.type === 'tool_call') this.#calls.set(part.id, turn);
    }
  }

  /** What a user says right after results belongs to their turn. */
  #addUser(parts: readonly Part[], at: string): void {
    const [first] = parts;
    if (first?.type === 'tool_result') {
      this.#addResult(first);
      return;
    }
    const last = this.#turns.at(-1);
    if (last !== undefined && last.results > 0) last.parts.push(...parts);
    else this.#turns.push(openTurn('user', parts, at));
  }

  /** Whatever was said in between, a result comes first in the turn after its call, behind the other results. */
  #addResult(result: ToolResultPart): void {
    const caller = this.#calls.get(result.callId);
    if (caller === undefined) {
      const remedy = 'send the call right before its result';
      throw invalidRequest(memberAt(result.at, 'call_id'), 'answers no call before it', remedy);
    }
    caller.answered ??= this.#turnAfter(caller, result.at);
    caller.answered.parts.splice(caller.answered.results, 0, result);
    caller.answered.results += 1;
  }

  #turnAfter(caller: OpenTurn, at: string): OpenTurn {
    const index = this.#turns.lastIndexOf(caller) + 1;
    const next = this.#turns[index];
    if (next?.role === 'user') return next;
    const turn = openTurn('user', [], at);
    this.#turns.splice(index, 0, turn);
    return turn;
  }
}
