/**
 * Proves one log, record by record: numbers without a hole, the hash chain, the tree against every signed checkpoint.
 * It knows the format of a record and of a checkpoint, and nothing of where they were found.
 */
import { isJsonObject, type JsonObject, parseTrustedJson, stringMember } from '#foundation/json';
import { leafHash } from './hashing.ts';
import { recordId } from './record.ts';
import { type SignedHead, verifyNote } from './verify-note.ts';
import type { LogReport, Problems } from './verify-report.ts';
import { VerifyTree } from './verify-tree.ts';

/** Where the verification begins when the records before are not there: a segment's header, an export's base line. */
export type LogBase = { readonly size: number; readonly peaks: readonly Uint8Array[]; readonly previousLeaf: string };

/** What the place where a record was found says of it, besides its text. */
export type RecordHints = { readonly seq?: number; readonly leafHash?: Uint8Array };

export class LogVerifier {
  readonly #logId: string;
  readonly #problems: Problems;
  readonly #headCount: number;
  readonly #signedSize: number;
  readonly #headsBySize = new Map<number, SignedHead[]>();
  readonly #firstSeq: number;
  #tree: VerifyTree;
  /** False once a record is missing: roots cannot be compared after a hole. */
  #isWhole = true;
  #nextSeq: number;
  #previousLeaf: string;
  /** The record whose leaf did not fit what the record after it says, until the one after that tells which is wrong. */
  #suspect: number | undefined;
  #lastEdited = 0;
  #records = 0;
  #goodSize: number;
  readonly #missing = new Set<number>();
  /** Checkpoints whose root is another; `after` is the size of the last one that fitted. */
  readonly #mismatches: { readonly size: number; readonly after: number }[] = [];

  constructor(logId: string, heads: readonly SignedHead[], problems: Problems, base?: LogBase) {
    this.#logId = logId;
    this.#problems = problems;
    this.#headCount = heads.length;
    this.#signedSize = heads.reduce((size, head) => Math.max(size, head.size), 0);
    for (const head of heads) this.#headsBySize.set(head.size, [...(this.#headsBySize.get(head.size) ?? []), head]);
    const tree = base === undefined ? undefined : VerifyTree.from(base.size, base.peaks);
    if (base !== undefined && tree === undefined)
      this.#report('malformed', base.size + 1, 'the tree state before it is not whole');
    this.#tree = tree ?? new VerifyTree();
    this.#firstSeq = (base?.size ?? 0) + 1;
    this.#goodSize = this.#firstSeq - 1;
    this.#nextSeq = this.#firstSeq;
    this.#previousLeaf = base?.previousLeaf ?? '';
    this.#compareRoots(this.#firstSeq - 1);
  }

  /** The next record in the order in which it was found. Answers its members when they can be read at all. */
  add(payload: Uint8Array, hints: RecordHints = {}): JsonObject | undefined {
    const record = parseRecord(payload);
    const seq = hints.seq ?? (typeof record?.seq === 'number' ? record.seq : this.#nextSeq);
    if (!this.#takePlace(seq)) return undefined;
    this.#records += 1;
    const leaf = leafHash(payload);
    if (record === undefined) this.#report('malformed', seq, 'it is not a JSON object');
    else this.#checkMembers(record, seq, leaf, hints);
    this.#previousLeaf = leaf.toString('base64');
    if (this.#isWhole) {
      this.#tree.add(leaf);
      this.#compareRoots(seq);
    }
    return record;
  }

  /** The number that the next record must have. */
  nextSeq(): number {
    return this.#nextSeq;
  }

  /** Judges what could only be judged at the end, and sums up. */
  finish(): LogReport {
    this.#settleSuspect(false);
    this.#judgeMismatches();
    const lastSeq = this.#nextSeq - 1;
    const signedSize = this.#signedSize;
    if (signedSize > lastSeq) {
      const lost = recordId(this.#logId, signedSize);
      this.#report(
        'truncated',
        lastSeq + 1,
        `the records from here to ${lost} are missing at the end; a checkpoint covers them`,
      );
    }
    if (this.#headCount === 0 && this.#records > 0) {
      const remedy = 'make one with `systemprompt infra audit checkpoint`';
      this.#problems.add('unsigned', this.#logId, null, `no valid checkpoint signs any record of the log; ${remedy}`);
    }
    return {
      log_id: this.#logId,
      first_seq: this.#firstSeq,
      records: this.#records,
      root_hash: this.#isWhole ? this.#tree.root().toString('base64') : '',
      checkpoints: this.#headCount,
      signed_seq: Math.min(signedSize, lastSeq),
    };
  }

  /** Whether a record with this number may stand here; notes holes, repetitions and wrong order. */
  #takePlace(seq: number): boolean {
    if (seq < this.#nextSeq) {
      const wasMissing = this.#missing.delete(seq);
      this.#report(wasMissing ? 'reordered' : 'inserted', seq, 'it stands after later records');
      return false;
    }
    if (seq > this.#nextSeq) {
      const until = recordId(this.#logId, seq - 1);
      this.#settleSuspect(false);
      this.#report('removed', this.#nextSeq, `it is missing, with all up to ${until}`);
      for (let hole = this.#nextSeq; hole < Math.min(seq, this.#nextSeq + MISSING_MAX); hole++) this.#missing.add(hole);
      this.#isWhole = false;
    }
    this.#nextSeq = seq + 1;
    return true;
  }

  #checkMembers(record: JsonObject, seq: number, leaf: Buffer, hints: RecordHints): void {
    if (record.log_id !== this.#logId) {
      this.#edited(seq, `it says that it belongs to the log ${stringMember(record, 'log_id') ?? '?'}`);
    }
    const isInPlace = record.seq === seq;
    if (!isInPlace) {
      this.#report('reordered', seq, `the record numbered ${String(record.seq)} stands in its place`);
      this.#lastEdited = seq;
    }
    if (hints.leafHash !== undefined && Buffer.compare(hints.leafHash, leaf) !== 0) {
      this.#edited(seq, 'its hash is not the one that was stored with it');
    }
    const fits = !isInPlace || this.#missing.has(seq - 1) || record.prev === this.#previousLeaf;
    this.#settleSuspect(!fits);
    if (!fits) this.#suspect = seq - 1;
  }

  /**
   * The record after the suspect did not fit it. If the next one does not fit either, the record in the middle was
   * changed, its link included; if it fits, the suspect was.
   */
  #settleSuspect(nextFailsToo: boolean): void {
    const suspect = this.#suspect;
    if (suspect === undefined) return;
    this.#suspect = undefined;
    const changed = nextFailsToo ? suspect + 1 : suspect;
    if (this.#lastEdited === suspect || this.#lastEdited === suspect + 1) return;
    this.#edited(Math.max(changed, this.#firstSeq), 'its contents do not fit the hash that the record after it holds');
  }

  #compareRoots(size: number): void {
    for (const head of this.#headsBySize.get(size) ?? []) {
      if (head.root.equals(this.#tree.root())) this.#goodSize = size;
      else this.#mismatches.push({ size, after: this.#goodSize });
    }
  }

  /** Judged at the end, when the chain has had its chance to name the very record. */
  #judgeMismatches(): void {
    const [first] = this.#mismatches;
    if (first === undefined) return;
    const { size, after } = first;
    if (this.#goodSize >= size) {
      const detail = `another history of ${size} records was signed, which parts from this one here or later`;
      this.#report('forked', after + 1, detail);
    } else if (this.#lastEdited === 0) {
      const last = recordId(this.#logId, size);
      const subject = after + 1 === size ? 'it is' : `this record, or one of those after it up to ${last}, is`;
      this.#edited(after + 1, `${subject} not what the checkpoint of ${size} records signed`);
    }
  }

  #edited(seq: number, detail: string): void {
    this.#lastEdited = seq;
    this.#report('edited', seq, detail);
  }

  #report(kind: Parameters<Problems['add']>[0], seq: number, detail: string): void {
    this.#problems.add(kind, this.#logId, seq, detail);
  }
}

/** Numbers of missing records that are remembered to tell wrong order from removal. */
const MISSING_MAX = 10_000;

function parseRecord(payload: Uint8Array): JsonObject | undefined {
  try {
    const value = parseTrustedJson(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The checkpoints whose signatures hold; the others are reported. */
export function validHeads(
  notes: readonly string[],
  logId: string,
  keys: readonly Buffer[],
  problems: Problems,
): readonly SignedHead[] {
  const heads: SignedHead[] = [];
  for (const note of new Set(notes)) {
    const verdict = verifyNote(note, logId, keys);
    if (verdict.status === 'valid') heads.push(verdict.head);
    else problems.add(verdict.status, logId, null, verdict.detail);
  }
  return heads;
}
