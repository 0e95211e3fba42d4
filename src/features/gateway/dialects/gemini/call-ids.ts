import { createHash } from 'node:crypto';
import { invalidRequest } from './request-message.ts';

/** Ids are optional in this dialect; other dialects need one for each call. */
const MADE = /^gcall_[0-9a-f]{24}$/;

/** The id of a call that came without one: the same for the same call of the same answer or request. */
export function madeCallId(...seed: readonly (string | number)[]): string {
  return `gcall_${createHash('sha256').update(seed.join('\n')).digest('hex').slice(0, 24)}`;
}

/** Whether the id is ours, so that Gemini, which gave none, gets none back. */
export function isMadeCallId(id: string): boolean {
  return MADE.test(id);
}

type OpenCall = { readonly id: string; readonly name: string; readonly hasOwnId: boolean; isAnswered: boolean };

/** Finds the call that a result answers: by id, else by name in the order of the calls. */
export type CallLedger = {
  /** A content of the model begins: results from now on answer its calls. */
  modelTurn(): void;
  userTurn(): void;
  call(id: string | undefined, name: string, at: string): string;
  /** The id of the answered call. Throws `invalid_input` for a result without an id that answers nothing. */
  result(id: string | undefined, name: string, at: string): string;
};

export function createCallLedger(): CallLedger {
  let open: OpenCall[] = [];
  let isModels = false;

  function answered(id: string | undefined, name: string): OpenCall | undefined {
    const waiting = open.filter((call) => !call.isAnswered);
    if (id !== undefined) {
      const same = waiting.find((call) => call.id === id);
      return same ?? waiting.find((call) => !call.hasOwnId && call.name === name);
    }
    return waiting.find((call) => call.name === name) ?? waiting[0];
  }

  return {
    modelTurn() {
      if (!isModels) open = [];
      isModels = true;
    },
    userTurn() {
      isModels = false;
    },
    call(id, name, at) {
      const known = id ?? madeCallId(at, name);
      open.push({ id: known, name, hasOwnId: id !== undefined, isAnswered: false });
      return known;
    },
    result(id, name, at) {
      const call = answered(id, name);
      if (call !== undefined) {
        call.isAnswered = true;
        return call.id;
      }
      if (id !== undefined) return id;
      throw invalidRequest(at, 'answers no functionCall', 'send the content with the functionCall right before it');
    },
  };
}
