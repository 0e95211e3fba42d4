import { assert, messageOf, OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { Logger } from '#foundation/logging';
import type { Clock } from '#foundation/time';
import type { MasterKeyProvider } from './master-key.ts';
import { emptyDocument, type OpenedStore, openDocument, withNewMasterKey } from './opened-store.ts';
import { formatDocument, keyCheckOf, parseDocument, type StoreDocument } from './store-document.ts';
import type { StoreFiles } from './store-files.ts';
import { withStoreLock } from './store-lock.ts';

const LOCK_WAIT_MS_MAX = 10_000;

export type StoreKeeperDeps = {
  readonly files: StoreFiles;
  readonly masterKey: MasterKeyProvider;
  readonly tenant: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** Called after the opened store was exchanged for another. */
  readonly onExchange: () => void;
};

type NextDocument = { readonly document: StoreDocument; readonly masterKey: Buffer };

/** Keeps one opened store in step with its files: reads again when they change, and changes them under the lock. */
export class StoreKeeper {
  readonly #deps: StoreKeeperDeps;
  readonly #path: string;
  #provider: MasterKeyProvider;
  #opened: OpenedStore | undefined;
  #seenStamp: string | undefined;
  #problem: string | null = null;
  #reloading: Promise<void> | undefined;

  constructor(deps: StoreKeeperDeps) {
    this.#deps = deps;
    this.#path = deps.files.documentPath;
    this.#provider = deps.masterKey;
  }

  /** Opens the store, or makes an empty one where there never was one. */
  async open(): Promise<void> {
    this.#seenStamp = this.#deps.files.stamp();
    this.#exchange((await this.#readNewest()) ?? (await this.#initialise()));
  }

  /** The newest store that could be proved. */
  current(): OpenedStore {
    this.#refresh();
    assert(this.#opened !== undefined, 'the secret store is used between its start and its stop');
    return this.#opened;
  }

  /** Looks for a change by another process; nothing happens before the start and after the stop. */
  poll(): void {
    this.#refresh();
  }

  /** Writes what `make` returns, under the lock, upon the newest document on disk. */
  change(make: (store: OpenedStore) => StoreDocument): Promise<OpenedStore> {
    return this.#changeUnderLock(async (store) => ({ document: make(store), masterKey: store.masterKey }));
  }

  /** Wraps the store keys by a new key of the same provider, or of another. */
  async changeMasterKey(next: MasterKeyProvider = this.#provider): Promise<void> {
    const former = this.#provider;
    const store = await this.#changeUnderLock(async (current) => {
      const master = await next.create('rotation');
      return { document: withNewMasterKey(current, master, this.#deps.ids), masterKey: master.key };
    });
    this.#provider = next;
    next.settle(store.masterKey);
    if (next.kind !== former.kind) former.retire();
  }

  /** Declares the document on disk to be the newest, after an operator restored it. */
  adopt(): Promise<void> {
    const { files, tenant } = this.#deps;
    return this.#underLock(async () => {
      const found = files.readUnchecked();
      if (found === undefined) throw this.#missing();
      const store = openDocument(found.text, await this.#keyFor(found.text), tenant, this.#path);
      const newest = Math.max(found.counter, store.document.counter, this.#counterInMemory(store.document));
      this.#exchange(this.#write({ ...store.document, counter: newest + 1 }, store.masterKey));
    });
  }

  /** Reads the files again now; rejects with what does not fit. */
  reload(): Promise<void> {
    this.#reloading ??= this.#reloadOnce().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Why the files on disk are not what is in memory, or null. */
  problem(): string | null {
    return this.#problem;
  }

  /** Forgets the keys. */
  close(): void {
    this.#opened?.masterKey.fill(0);
    for (const key of this.#opened?.storeKeys.values() ?? []) key.fill(0);
    this.#opened = undefined;
  }

  async #readNewest(): Promise<OpenedStore | undefined> {
    const { files, tenant } = this.#deps;
    const found = files.read();
    if (found === undefined) return undefined;
    const store = openDocument(found.text, await this.#keyFor(found.text), tenant, this.#path);
    files.requireNewest(store.document, Math.max(found.counterMin, this.#counterInMemory(store.document)));
    return store;
  }

  /** The key in memory when it fits, else the provider's; a key that fits nowhere is refused by `openDocument`. */
  async #keyFor(text: string): Promise<Buffer> {
    const document = parseDocument(text);
    if (document === undefined) return Buffer.alloc(0);
    const fits = (key: Buffer) => keyCheckOf(key, document.store_id) === document.key_check;
    if (this.#opened !== undefined && fits(this.#opened.masterKey)) return this.#opened.masterKey;
    const { kind } = this.#provider;
    const recorded = document.master.provider;
    if (recorded !== kind) {
      const message = `the secret store is sealed by a master key from a ${recorded}, not from a ${kind}`;
      throw new OperatingError('conflict', 'master_key_provider_differs', message, {
        where: this.#path,
        remedy: `set secrets.master_key.provider to ${recorded} in the profile`,
      });
    }
    const candidates = await this.#provider.candidates(document.master);
    return candidates.find(fits) ?? candidates[0] ?? Buffer.alloc(0);
  }

  #counterInMemory(document: StoreDocument): number {
    return this.#opened?.document.store_id === document.store_id ? this.#opened.document.counter : 0;
  }

  #initialise(): Promise<OpenedStore> {
    const { files, ids, clock } = this.#deps;
    return this.#underLock(async () => {
      const existing = await this.#readNewest();
      if (existing !== undefined) return existing;
      files.sweep();
      const master = await this.#provider.create('initial');
      files.writeCounter(0);
      return this.#write(emptyDocument(master, { ids, nowMs: clock.nowMs() }), master.key);
    });
  }

  #changeUnderLock(make: (store: OpenedStore) => Promise<NextDocument>): Promise<OpenedStore> {
    const { files } = this.#deps;
    return this.#underLock(async () => {
      files.sweep();
      const stamp = files.stamp();
      const store = await this.#readNewest();
      if (store === undefined) throw this.#missing();
      this.#provider.settle(store.masterKey);
      const { document, masterKey } = await make(store);
      if (files.stamp() !== stamp) {
        const message = 'the secret store changed while it was being changed';
        throw new OperatingError('conflict', 'secret_store_changed', message, {
          where: this.#path,
          remedy: 'try again',
        });
      }
      const written = this.#write({ ...document, counter: store.document.counter + 1 }, masterKey);
      this.#exchange(written);
      return written;
    });
  }

  #write(document: StoreDocument, masterKey: Buffer): OpenedStore {
    const { files, tenant } = this.#deps;
    const bytes = formatDocument(document, masterKey);
    // Opened before it is written: what could not be read again must not replace what can.
    const store = openDocument(bytes.toString('utf8'), masterKey, tenant, this.#path);
    files.writeDocument(bytes);
    files.writeCounter(document.counter);
    this.#seenStamp = files.stamp();
    return store;
  }

  #exchange(store: OpenedStore): void {
    const former = this.#opened?.document;
    const isNew = former?.store_id !== store.document.store_id || former.counter !== store.document.counter;
    this.#opened = store;
    this.#problem = null;
    if (isNew) this.#deps.onExchange();
  }

  /** Takes over a replaced file where that needs no waiting; a new master key may need a person or a program. */
  #refresh(): void {
    const { files, tenant } = this.#deps;
    if (this.#opened === undefined) return;
    const stamp = files.stamp();
    if (stamp === this.#seenStamp) return;
    this.#seenStamp = stamp;
    try {
      const found = files.read();
      if (found === undefined) throw this.#missing();
      const document = parseDocument(found.text);
      if (document !== undefined && keyCheckOf(this.#opened.masterKey, document.store_id) !== document.key_check) {
        void this.reload().catch(() => undefined);
        return;
      }
      const store = openDocument(found.text, this.#opened.masterKey, tenant, this.#path);
      files.requireNewest(store.document, Math.max(found.counterMin, this.#counterInMemory(store.document)));
      this.#exchange(store);
    } catch (error) {
      this.#note(error);
    }
  }

  async #reloadOnce(): Promise<void> {
    try {
      this.#seenStamp = this.#deps.files.stamp();
      const store = await this.#readNewest();
      if (store === undefined) throw this.#missing();
      this.#exchange(store);
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  #note(error: unknown): void {
    this.#problem = messageOf(error);
    this.#deps.logger.error(
      { where: this.#path, problem: this.#problem },
      'the secret store on disk is not taken over',
    );
  }

  #underLock<T>(run: () => Promise<T>): Promise<T> {
    const { clock, ids, files } = this.#deps;
    return withStoreLock(files.lockPath, { clock, ids, waitMsMax: LOCK_WAIT_MS_MAX }, run);
  }

  #missing(): OperatingError {
    return new OperatingError('unavailable', 'secret_store_missing', 'there is no secret store here', {
      where: this.#path,
      remedy: 'restore it from a backup, or start the server to make an empty one',
    });
  }
}
