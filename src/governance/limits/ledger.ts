/**
 * The rules by which processes share limits, over a ledger of members and leased keys.
 *
 * On each key every process has a cap that it enforces by itself, exactly, over the sliding window. The sum of all
 * caps never passes the limit, and a cap is lowered by its holder first and written down after, never below what the
 * holder still has counted in the window. Therefore the calls of all processes in any window never pass the limit.
 *
 * - On a key that is not leased, a member's cap is its units' share of the limit.
 * - A key becomes leased when someone needs more than that, and free again when nobody does. Each change has a sequence number; a member that has
 *   acknowledged it has as cap exactly the share that stands here, else its units' share is still reserved for it.
 * - A member gets more units only after it has acknowledged every change.
 * - A member that leaves or dies keeps its reservation until what it may have used has left the window.
 * - A member that is alone holds all units and needs no leases.
 */
import type { JoinReply, JoinRequest, ShareRequest, SyncReply, SyncRequest } from './limit-store.ts';
import { CLOCK_MARGIN_MS, LEASE_MS, NEWCOMER_UNITS, SOLO_LEASE_MS, shareOf, TOTAL_UNITS } from './shares.ts';

export type Member = {
  incarnation: number;
  units: number;
  ackedSeq: number;
  windowMs: number;
  heartbeatAtMs: number;
  /** Null while the member has not left. */
  closedAtMs: number | null;
};

export type LeasedKey = {
  seq: number;
  /** Free again: members drop their caps as they learn of it. */
  isRetired: boolean;
  /** The limit of the latest request. */
  limit: number;
  requestedAtMs: number;
  /** A member that waits for a share, and until when the others are asked to give up what they do not use. */
  pressed: { readonly by: string; readonly untilMs: number } | null;
  readonly shares: Map<string, number>;
};

export type Ledger = {
  seq: number;
  readonly members: Map<string, Member>;
  readonly keys: Map<string, LeasedKey>;
};

/** A key stays leased at least so long after the last request for a share of it. */
export const KEY_LEASED_MS = 5_000;
export const KEYS_PAGE = 1_000;
/** Members that contend for a key trade shares about once in this time, not as fast as they can ask. */
const PRESSED_MS = 1_000;

export function createLedger(): Ledger {
  return { seq: 0, members: new Map(), keys: new Map() };
}

/** Whose usage the joining process takes over as its own. */
export type Inheritance = 'everybody' | { readonly processId: string } | 'nobody';

export function joinLedger(
  ledger: Ledger,
  request: JoinRequest,
  nowMs: number,
): Omit<JoinReply, 'usage'> & { readonly inherits: Inheritance } {
  const { processId, windowMs } = request;
  removeDeparted(ledger, processId, nowMs);
  const own = ledger.members.get(processId);
  const isUnclean = own !== undefined && own.closedAtMs === null;
  const incarnation = (own?.incarnation ?? 0) + 1;
  const ackedSeq = ledger.seq;
  const entered = { incarnation, ackedSeq, windowMs, heartbeatAtMs: nowMs, closedAtMs: null };
  const others = [...ledger.members].filter(([id]) => id !== processId);
  if (others.every(([, { closedAtMs }]) => closedAtMs !== null)) {
    ledger.members.clear();
    ledger.keys.clear();
    ledger.members.set(processId, { ...entered, units: TOTAL_UNITS });
    return { incarnation, ackedSeq, units: TOTAL_UNITS, isUnclean, keys: [], inherits: 'everybody' };
  }
  const predecessor = own === undefined ? others.find(([, { closedAtMs }]) => closedAtMs !== null)?.[0] : processId;
  // A solo that died may find newcomers with units in its place: it kept to the rest while it was silent.
  const heldUnits = predecessor === undefined ? 0 : (ledger.members.get(predecessor)?.units ?? 0);
  const units = Math.min(heldUnits, freeUnits(ledger, predecessor ?? processId, nowMs));
  if (predecessor !== undefined) writeReserved(ledger, predecessor, nowMs);
  if (predecessor !== undefined && predecessor !== processId) succeed(ledger, predecessor, processId);
  ledger.members.set(processId, { ...entered, units });
  return {
    incarnation,
    ackedSeq,
    units,
    isUnclean,
    keys: [...ledger.keys]
      .filter(([, { isRetired }]) => !isRetired)
      .map(([key, { limit, shares }]) => ({ key, limit, share: shares.get(processId) ?? 0 })),
    inherits: predecessor === undefined ? 'nobody' : { processId: predecessor },
  };
}

/**
 * What was reserved for a member on keys of which it had not heard stands as its share from now on: whoever takes its
 * place has heard of all keys, and takes over what was used of them.
 */
function writeReserved(ledger: Ledger, processId: string, nowMs: number): void {
  const member = ledger.members.get(processId);
  if (member === undefined) return;
  for (const { seq, isRetired, limit, shares } of ledger.keys.values()) {
    if (isRetired || member.ackedSeq >= seq) continue;
    const reserved = Math.max(shares.get(processId) ?? 0, shareOf(limit, reservedUnits(member, nowMs)));
    if (reserved > 0) shares.set(processId, reserved);
  }
}

/** The place of a member that left in order passes to `processId` with all that was used and is reserved there. */
function succeed(ledger: Ledger, predecessor: string, processId: string): void {
  ledger.members.delete(predecessor);
  for (const { shares } of ledger.keys.values()) {
    const share = shares.get(predecessor);
    if (share === undefined) continue;
    shares.delete(predecessor);
    shares.set(processId, share);
  }
}

export function syncLedger(ledger: Ledger, request: SyncRequest, nowMs: number): SyncReply | 'unknown' | 'replaced' {
  const member = ledger.members.get(request.processId);
  if (member === undefined || member.closedAtMs !== null) return 'unknown';
  if (member.incarnation !== request.incarnation) return 'replaced';
  member.heartbeatAtMs = nowMs;
  member.windowMs = request.windowMs;
  member.units = Math.min(member.units, request.units);
  member.ackedSeq = Math.max(member.ackedSeq, request.ackedSeq);
  for (const share of request.shares) writeShare(ledger, request.processId, share, nowMs);
  removeDeparted(ledger, request.processId, nowMs);
  const { units, targetUnits } = moveUnits(ledger, request.processId, member, nowMs);
  const granted = request.requests.map((asked) => ({
    key: asked.key,
    share: grantShare(ledger, request.processId, asked, nowMs),
  }));
  const isAlone = ledger.members.size === 1 && member.units === TOTAL_UNITS;
  if (isAlone) {
    ledger.keys.clear();
    member.ackedSeq = ledger.seq;
    return { units, targetUnits, keys: [], granted, pressed: [], isAlone };
  }
  retireKeys(ledger, nowMs);
  return {
    units,
    targetUnits,
    keys: keysAfter(ledger, request.ackedSeq),
    granted,
    pressed: pressedKeys(ledger, request.processId, nowMs),
    isAlone,
  };
}

export function leaveLedger(ledger: Ledger, processId: string, incarnation: number, nowMs: number): void {
  const member = ledger.members.get(processId);
  if (member?.incarnation === incarnation && member.closedAtMs === null) member.closedAtMs = nowMs;
}

function writeShare(
  ledger: Ledger,
  processId: string,
  { key, limit, share }: SyncRequest['shares'][number],
  nowMs: number,
): void {
  if (share === 0) ledger.keys.get(key)?.shares.delete(processId);
  else leaseKey(ledger, key, limit, nowMs).shares.set(processId, share);
}

/** The key as a leased one; whoever has not heard of it yet keeps its reservation. */
function leaseKey(ledger: Ledger, key: string, limit: number, nowMs: number): LeasedKey {
  const known = ledger.keys.get(key);
  if (known !== undefined && !known.isRetired) return known;
  ledger.seq++;
  const leased = {
    seq: ledger.seq,
    isRetired: false,
    limit,
    requestedAtMs: nowMs,
    pressed: null,
    shares: known?.shares ?? new Map<string, number>(),
  };
  ledger.keys.set(key, leased);
  return leased;
}

/** Members whose every possible call has left the window give their reservation back. */
function removeDeparted(ledger: Ledger, self: string, nowMs: number): void {
  for (const [id, member] of ledger.members) {
    if (id === self || releasedAtMs(member) > nowMs) continue;
    ledger.members.delete(id);
    for (const { shares } of ledger.keys.values()) shares.delete(id);
  }
}

function releasedAtMs(member: Member): number {
  if (member.closedAtMs !== null) return member.closedAtMs + member.windowMs;
  const leaseMs = member.units === TOTAL_UNITS ? SOLO_LEASE_MS : LEASE_MS;
  return member.heartbeatAtMs + leaseMs + member.windowMs + CLOCK_MARGIN_MS;
}

/** Moves the member's units up to an equal part where that is free; down only when the member did so itself. */
function moveUnits(
  ledger: Ledger,
  processId: string,
  member: Member,
  nowMs: number,
): { readonly units: number; readonly targetUnits: number } {
  const others = [...ledger.members].filter(([id]) => id !== processId).map(([, other]) => other);
  const live = 1 + others.filter((other) => isLive(other, nowMs)).length;
  const besideSilentSolo = others.some((other) => isSilentSolo(other, nowMs));
  const targetUnits = Math.floor((besideSilentSolo ? NEWCOMER_UNITS : TOTAL_UNITS) / live);
  const free = freeUnits(ledger, processId, nowMs);
  if (targetUnits > member.units && member.ackedSeq === ledger.seq) {
    member.units = Math.max(member.units, Math.min(targetUnits, free));
  }
  // A solo that comes back may find newcomers with units; it kept to the rest while it was away and goes on so. Here
  // it is lowered only when it says that it heard, because this answer may be lost.
  return { units: Math.min(member.units, free), targetUnits };
}

/** What is not reserved for others than `processId`. */
function freeUnits(ledger: Ledger, processId: string, nowMs: number): number {
  let free = TOTAL_UNITS;
  for (const [id, member] of ledger.members) if (id !== processId) free -= reservedUnits(member, nowMs);
  return Math.max(0, free);
}

function isLive(member: Member, nowMs: number): boolean {
  return member.closedAtMs === null && member.heartbeatAtMs + LEASE_MS + CLOCK_MARGIN_MS > nowMs;
}

function isSilentSolo(member: Member, nowMs: number): boolean {
  return member.closedAtMs === null && member.units === TOTAL_UNITS && !isLive(member, nowMs);
}

function reservedUnits(member: Member, nowMs: number): number {
  // The silent solo has kept to its smaller part only since its lease ran out; a window later nothing else counts.
  const keptToLessSinceMs = member.heartbeatAtMs + LEASE_MS + CLOCK_MARGIN_MS + member.windowMs;
  return isSilentSolo(member, nowMs) && keptToLessSinceMs <= nowMs ? TOTAL_UNITS - NEWCOMER_UNITS : member.units;
}

function grantShare(ledger: Ledger, processId: string, asked: ShareRequest, nowMs: number): number {
  const leased = leaseKey(ledger, asked.key, asked.limit, nowMs);
  leased.limit = asked.limit;
  leased.requestedAtMs = nowMs;
  let reserved = 0;
  for (const [id, member] of ledger.members) {
    if (id === processId) continue;
    const share = leased.shares.get(id) ?? 0;
    const hasHeard = member.ackedSeq >= leased.seq;
    reserved += hasHeard ? share : Math.max(share, shareOf(asked.limit, reservedUnits(member, nowMs)));
  }
  const granted = Math.max(asked.held, Math.min(asked.want, asked.limit - reserved));
  const isPressed = leased.pressed !== null && leased.pressed.untilMs > nowMs;
  if (granted < asked.want && !isPressed) leased.pressed = { by: processId, untilMs: nowMs + PRESSED_MS };
  if (granted > 0) leased.shares.set(processId, granted);
  return granted;
}

function keysAfter(ledger: Ledger, ackedSeq: number): SyncReply['keys'] {
  return [...ledger.keys]
    .filter(([, { seq }]) => seq > ackedSeq)
    .map(([key, { seq, isRetired, limit }]) => ({ key, seq, isRetired, limit }))
    .sort((left, right) => left.seq - right.seq)
    .slice(0, KEYS_PAGE);
}

function pressedKeys(ledger: Ledger, processId: string, nowMs: number): readonly string[] {
  return [...ledger.keys]
    .filter(([, { pressed, shares }]) => isPressedByAnother(pressed, processId, nowMs) && shares.has(processId))
    .map(([key]) => key);
}

function isPressedByAnother(pressed: LeasedKey['pressed'], processId: string, nowMs: number): boolean {
  return pressed !== null && pressed.by !== processId && pressed.untilMs > nowMs;
}

/** A key of which no member needs more than its units' share is free again, and forgotten once all have heard so. */
function retireKeys(ledger: Ledger, nowMs: number): void {
  const heardByAll = Math.min(...[...ledger.members.values()].map(({ ackedSeq }) => ackedSeq));
  for (const [key, leased] of ledger.keys) {
    if (leased.isRetired) {
      if (leased.seq <= heardByAll) ledger.keys.delete(key);
    } else if (leased.requestedAtMs + KEY_LEASED_MS <= nowMs && !isNeeded(ledger, leased)) {
      ledger.seq++;
      leased.seq = ledger.seq;
      leased.isRetired = true;
    }
  }
}

function isNeeded(ledger: Ledger, { shares, limit }: LeasedKey): boolean {
  return [...shares].some(([id, share]) => share > shareOf(limit, ledger.members.get(id)?.units ?? 0));
}

/** Changes when another member may have something to do: a place, a key, an acknowledgement, a share it waits for. */
export function changeMark(ledger: Ledger): string {
  const members = [...ledger.members].map(([id, { units, ackedSeq, closedAtMs }]) => [id, units, ackedSeq, closedAtMs]);
  const awaited = [...ledger.keys]
    .filter(([, { pressed }]) => pressed !== null)
    .map(([key, { pressed, shares }]) => [key, pressed?.untilMs, ...shares.values()]);
  return JSON.stringify([ledger.seq, members, awaited]);
}
