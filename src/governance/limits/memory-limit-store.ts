import type { Clock } from '#foundation/time';
import { changeMark, createLedger, joinLedger, leaveLedger, syncLedger } from './ledger.ts';
import type { LimitStore, Usage } from './limit-store.ts';

/** The store of processes that live in one address space: for tests, and where there is no database to share. */
export function createMemoryLimitStore(clock: Clock): LimitStore {
  const ledger = createLedger();
  const listeners = new Map<string, () => void>();
  let written: (Omit<Usage, 'ageMs'> & { processId: string; readonly atMs: number })[] = [];

  function change<T>(by: string, run: (nowMs: number) => T): T {
    const before = changeMark(ledger);
    const result = run(clock.nowMs());
    if (changeMark(ledger) !== before) {
      for (const [processId, listener] of listeners) if (processId !== by) queueMicrotask(listener);
    }
    return result;
  }

  function inheritUsage(from: string | undefined, processId: string): readonly Usage[] {
    const inherited = written.filter((line) => from === undefined || line.processId === from);
    for (const line of inherited) line.processId = processId;
    return inherited.map(({ key, limit, used, atMs }) => ({
      key,
      limit,
      used,
      ageMs: Math.max(0, clock.nowMs() - atMs),
    }));
  }

  return {
    join: async (request) =>
      change(request.processId, (nowMs) => {
        const { inherits, ...reply } = joinLedger(ledger, request, nowMs);
        if (inherits === 'nobody') return { ...reply, usage: [] };
        const from = inherits === 'everybody' ? undefined : inherits.processId;
        return { ...reply, usage: inheritUsage(from, request.processId) };
      }),
    sync: async (request) => change(request.processId, (nowMs) => syncLedger(ledger, request, nowMs)),
    async appendUsage(processId, usage) {
      for (const { ageMs, ...line } of usage) written.push({ ...line, processId, atMs: clock.nowMs() - ageMs });
    },
    async pruneUsage(ageMs) {
      written = written.filter(({ atMs }) => atMs > clock.nowMs() - ageMs);
    },
    leave: async (processId, incarnation) =>
      change(processId, (nowMs) => leaveLedger(ledger, processId, incarnation, nowMs)),
    async onChange(processId, listener) {
      listeners.set(processId, listener);
      return async () => {
        if (listeners.get(processId) === listener) listeners.delete(processId);
      };
    },
  };
}
