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

type OpenTurn = { readonly role: Turn['role']; readonly parts: Part[]; readonly at: string };

class TurnList {
  /** What the system says before anybody else. */
  readonly system: TextPart[] = [];
  readonly #turns: OpenTurn[] = [];
  /** The turn that each call stands in; of equal ids the latest. */
  readonly #calls = new Map<string, OpenTurn>();

  turns(): readonly Turn[] {
    return this.#turns.map((turn) =>
      turn.role === 'assistant' ? { ...turn, parts: withCallProofs(turn.parts) } : turn,
    );
  }

  add(role: Turn['role'], parts: readonly Part[], at: string): void {
    if (parts.length === 0) return;
    if (role === 'system') this.#addSystem(parts, at);
    else if (role === 'assistant') this.#addAssistant(parts, at);
    else this.#addUser(parts, at);
  }

  #addSystem(parts: readonly Part[], at: string): void {
    if (this.#turns.length > 0) this.#turns.push({ role: 'system', parts: [...parts], at });
    else this.system.push(...parts.filter((part) => part.type === 'text'));
  }

  #addAssistant(parts: readonly Part[], at: string): void {
    const turn = this.#openTurn('assistant', at);
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
    if (last?.role === 'user' && last.parts[0]?.type === 'tool_result') last.parts.push(...parts);
    else this.#turns.push({ role: 'user', parts: [...parts], at });
  }

  /** Whatever was said in between, a result comes first in the turn after its call, behind the other results. */
  #addResult(result: ToolResultPart): void {
    const caller = this.#calls.get(result.callId);
    if (caller === undefined) {
      const remedy = 'send the call right before its result';
      throw invalidRequest(memberAt(result.at, 'call_id'), 'answers no call before it', remedy);
    }
    const { parts } = this.#turnAfter(caller, result.at);
    const isLast = parts.length === 0 || parts.at(-1)?.type === 'tool_result';
    if (isLast) parts.push(result);
    else
      parts.splice(
        parts.findIndex((part) => part.type !== 'tool_result'),
        0,
        result,
      );
  }

  #turnAfter(caller: OpenTurn, at: string): OpenTurn {
    const index = this.#turns.lastIndexOf(caller) + 1;
    const next = this.#turns[index];
    if (next?.role === 'user') return next;
    const turn: OpenTurn = { role: 'user', parts: [], at };
    this.#turns.splice(index, 0, turn);
    return turn;
  }

  #openTurn(role: Turn['role'], at: string): OpenTurn {
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    const turn: OpenTurn = { role, parts: [], at };
    this.#turns.push(turn);
    return turn;
  }
}
