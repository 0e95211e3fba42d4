/**
 * The two files of the store: the document, and beside the key a counter that remembers the newest document. Writing
 * goes document first, counter second; a crash between the two leaves a counter that is one behind, which is no
 * rollback. Putting back both files at once is beyond what a directory can prove of itself; a running server notices
 * even that, because it remembers the counter it saw.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import { canonicalJson, isJsonObject, numberMember, parseTrustedJson } from '#foundation/json';
import {
  createPrivateFileWriter,
  readPrivateFile,
  removeIfThere,
  TEMPORARY_SUFFIX,
  type WriteStep,
} from '#foundation/private-file';
import type { StoreDocument } from './store-document.ts';

const DOCUMENT_BYTES_MAX = 64 * 1_024 * 1_024;
const COUNTER_BYTES_MAX = 1_024;

export type StoreFiles = {
  readonly documentPath: string;
  readonly lockPath: string;
  /** The text on disk and the least counter it must have. Undefined when there never was a store here. */
  read(): { readonly text: string; readonly counterMin: number } | undefined;
  /** Throws `forbidden` when the document is older than the newest that was written here. */
  requireNewest(document: StoreDocument, counterMin: number): void;
  /** The document whatever the counter says, and the counter where it can be read: for an operator who restores. */
  readUnchecked(): { readonly text: string; readonly counter: number } | undefined;
  /** A counter of zero says: a store is about to be made here. */
  writeCounter(counter: number): void;
  writeDocument(bytes: Buffer): void;
  /** Changes whenever the document on disk is replaced; undefined when there is none. */
  stamp(): string | undefined;
  /** Removes what writers that crashed left behind; call under the lock. */
  sweep(): void;
};

export function createStoreFiles(
  directory: string,
  ids: IdSource,
  onStep?: (step: WriteStep, path: string) => void,
): StoreFiles {
  const documentPath = join(directory, 'store.json');
  const counterPath = join(directory, 'store.counter');
  const writer = createPrivateFileWriter(ids, onStep);

  function readDocument(): string | undefined {
    return readPrivateFile(documentPath, DOCUMENT_BYTES_MAX)?.toString('utf8');
  }

  function readCounterText(): string | undefined {
    return readPrivateFile(counterPath, COUNTER_BYTES_MAX)?.toString('utf8');
  }

  function readCounter(): number | undefined {
    const text = readCounterText();
    const counter = text === undefined ? undefined : parseCounter(text);
    if (text === undefined || counter !== undefined) return counter;
    throw new OperatingError('forbidden', 'secret_store_tampered', `${counterPath} does not hold a counter`, {
      where: counterPath,
      remedy: ADOPT_REMEDY,
    });
  }

  return {
    documentPath,
    lockPath: join(directory, 'store.lock'),
    read() {
      // The counter first: a writer between the two reads can only make the document newer than it.
      const counter = readCounter();
      const text = readDocument();
      if (text === undefined) {
        if (counter === undefined || counter === 0) return undefined;
        throw new OperatingError('forbidden', 'secret_store_missing', `the secret store ${documentPath} is gone`, {
          where: documentPath,
          remedy: `restore it from a backup; to begin with an empty one remove ${counterPath}`,
        });
      }
      // A store is made counter first, so a document without a counter means that the counter was taken away.
      return { text, counterMin: counter ?? Number.MAX_SAFE_INTEGER };
    },
    requireNewest(document, counterMin) {
      if (document.counter >= counterMin) return;
      throw new OperatingError(
        'forbidden',
        'secret_store_rolled_back',
        counterMin === Number.MAX_SAFE_INTEGER
          ? `${counterPath} is gone, so nobody can tell whether the secret store is the newest`
          : `the secret store is older (${document.counter}) than the newest one written here (${counterMin})`,
        { where: documentPath, remedy: ADOPT_REMEDY },
      );
    },
    readUnchecked() {
      const text = readDocument();
      return text === undefined ? undefined : { text, counter: parseCounter(readCounterText() ?? '') ?? 0 };
    },
    writeCounter: (counter) => writer.replace(counterPath, Buffer.from(`${canonicalJson({ counter })}\n`)),
    writeDocument: (bytes) => writer.replace(documentPath, bytes),
    stamp() {
      const stats = statSync(documentPath, { throwIfNoEntry: false });
      return stats === undefined ? undefined : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
    },
    sweep() {
      for (const name of readdirSync(directory)) {
        if (name.endsWith(TEMPORARY_SUFFIX)) removeIfThere(join(directory, name));
      }
    },
  };
}

const ADOPT_REMEDY =
  'restore the newest store.json; if you put this one back on purpose: systemprompt admin config secret adopt';

function parseCounter(text: string): number | undefined {
  try {
    const value = parseTrustedJson(text);
    const counter = isJsonObject(value) ? numberMember(value, 'counter') : undefined;
    return counter !== undefined && Number.isSafeInteger(counter) && counter >= 0 ? counter : undefined;
  } catch {
    return undefined;
  }
}
