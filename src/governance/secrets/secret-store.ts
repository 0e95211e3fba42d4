/**
 * The encrypted store of credentials: one file that several processes may change, opened by a master key.
 *
 * A reader never waits for a writer: it looks at the file's stamp, and reads again when the file was replaced. What it
 * cannot prove it does not take over; it keeps what it had and says so in `problem()`.
 */
import { OperatingError } from '#foundation/errors';
import type { IdSource } from '#foundation/ids';
import type { Part } from '#foundation/lifecycle';
import type { Logger } from '#foundation/logging';
import {
  createPrivateFileWriter,
  ensurePrivateDirectory,
  readPrivateFile,
  type WriteStep,
} from '#foundation/private-file';
import { type Clock, every } from '#foundation/time';
import type { MasterKeyProvider } from './master-key.ts';
import { type OpenedSecret, type OpenedStore, withNewStoreKey, withoutSecret, withVersion } from './opened-store.ts';
import { ARCHIVE_BYTES_MAX, type ArchivedSecret, formatArchive, openArchive } from './secret-archive.ts';
import { requireSecretName, requireSecretValue } from './secret-name.ts';
import type { SecretSource, SecretValue } from './secret-value.ts';
import { createStoreFiles } from './store-files.ts';
import { StoreKeeper } from './store-keeper.ts';

export type SecretVersion = { readonly version: number; readonly createdAtMs: number };

export type SecretSummary = SecretVersion & {
  readonly name: string;
  /** Every version kept, oldest first; the last one is in force. */
  readonly versions: readonly SecretVersion[];
};

export type ImportReport = { readonly imported: readonly string[]; readonly skipped: readonly string[] };

export type SecretStore = SecretSource &
  Part & {
    start(): Promise<void>;
    stop(): void;
    /** Makes the secret, or a new version of it. */
    set(name: string, value: SecretValue): Promise<SecretVersion>;
    /** Makes a new version of a secret that exists; throws `not_found` when it does not. */
    rotate(name: string, value: SecretValue): Promise<SecretVersion>;
    /** Removes every version; throws `not_found` when there is none. */
    delete(name: string): Promise<void>;
    list(): readonly SecretSummary[];
    /** Seals every record anew, under a new store key and new data keys. */
    rotateStoreKey(): Promise<void>;
    /** Wraps the store key by a new master key; with `next`, from another provider, whose kind the profile must name. */
    rotateMasterKey(next?: MasterKeyProvider): Promise<void>;
    /** Writes the secrets in force into a new file of mode 0600, sealed by the passphrase. */
    exportTo(path: string, passphrase: SecretValue): Promise<number>;
    /** Secrets that exist are left as they are, or get a new version with `replace`. */
    importFrom(path: string, passphrase: SecretValue, options?: { readonly replace?: boolean }): Promise<ImportReport>;
    /** Takes over a store that an operator put back from a backup, which would be refused as rolled back otherwise. */
    adopt(): Promise<void>;
    /** Reads the files again now; rejects with what does not fit. */
    reload(): Promise<void>;
    /** Why the files on disk are not what is in memory, for health pages; null when all is well. */
    problem(): string | null;
  };

export type SecretStoreDeps = {
  /** Holds `store.json`, `store.counter` and, with a key file, the master key. */
  readonly directory: string;
  readonly tenant: string;
  readonly masterKey: MasterKeyProvider;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** How many versions of one secret stay readable for the scanner after a rotation. */
  readonly versionsKept?: number;
  /** How often a change by another process is looked for, beside every use. */
  readonly pollMs?: number;
  readonly onStep?: (step: WriteStep, path: string) => void;
};

const VERSIONS_KEPT = 2;
const POLL_MS = 1_000;

export function createSecretStore(deps: SecretStoreDeps): SecretStore {
  const { directory, tenant, clock, ids, masterKey } = deps;
  const versionsKept = deps.versionsKept ?? VERSIONS_KEPT;
  const listeners: (() => void)[] = [];
  const files = createStoreFiles(directory, ids, deps.onStep);
  const onExchange = () => {
    for (const listener of listeners) listener();
  };
  const keeper = new StoreKeeper({ files, masterKey, tenant, clock, ids, logger: deps.logger, onExchange });
  let stopPolling = () => {};

  function versionsOf(name: string): readonly OpenedSecret[] {
    return keeper.current().versions.get(name) ?? [];
  }

  async function set(name: string, secret: SecretValue, mustExist: boolean): Promise<SecretVersion> {
    requireSecretName(name);
    const value = requireSecretValue(name, secret);
    const store = await keeper.change((current) => {
      if (mustExist && !current.versions.has(name)) throw unknownSecret(name);
      return withVersion(current, { tenant, name, value }, { ids, nowMs: clock.nowMs(), versionsKept });
    });
    const latest = store.versions.get(name)?.at(-1);
    return { version: latest?.version ?? 1, createdAtMs: latest?.createdAtMs ?? clock.nowMs() };
  }

  return {
    name: 'secret store',
    async start() {
      ensurePrivateDirectory(directory);
      await keeper.open();
      stopPolling = every(clock, deps.pollMs ?? POLL_MS, () => keeper.poll());
    },
    stop() {
      stopPolling();
      keeper.close();
    },
    find: (name) => versionsOf(name).at(-1)?.value,
    *all() {
      for (const [name, versions] of keeper.current().versions) {
        for (const { value } of versions) yield { name, value };
      }
    },
    onChange: (listener) => void listeners.push(listener),
    set: (name, value) => set(name, value, false),
    rotate: (name, value) => set(name, value, true),
    async delete(name) {
      await keeper.change((current) => {
        if (!current.versions.has(name)) throw unknownSecret(name);
        return withoutSecret(current, tenant, name);
      });
    },
    list: () => [...keeper.current().versions].map(([name, versions]) => summaryOf(name, versions)),
    async rotateStoreKey() {
      await keeper.change((current) => withNewStoreKey(current, files.documentPath, { ids, nowMs: clock.nowMs() }));
    },
    rotateMasterKey: (next) => keeper.changeMasterKey(next),
    exportTo: (path, passphrase) => exportSecrets(keeper.current(), path, passphrase, { ids, nowMs: clock.nowMs() }),
    async importFrom(path, passphrase, options = {}) {
      const secrets = await readExport(path, passphrase);
      const known = keeper.current().versions;
      const wanted = secrets.filter((secret) => options.replace === true || !known.has(secret.name));
      for (const secret of wanted) await set(secret.name, secret.value, false);
      const imported = wanted.map((secret) => secret.name);
      return { imported, skipped: secrets.map((secret) => secret.name).filter((name) => !imported.includes(name)) };
    },
    adopt: () => keeper.adopt(),
    reload: () => keeper.reload(),
    problem: () => keeper.problem(),
  };
}

async function exportSecrets(
  store: OpenedStore,
  path: string,
  passphrase: SecretValue,
  deps: { readonly ids: IdSource; readonly nowMs: number },
): Promise<number> {
  const secrets = [...store.versions.values()].flatMap((versions) => versions.slice(-1));
  createPrivateFileWriter(deps.ids).create(path, await formatArchive(secrets, passphrase, deps));
  return secrets.length;
}

async function readExport(path: string, passphrase: SecretValue): Promise<ArchivedSecret[]> {
  const bytes = readPrivateFile(path, ARCHIVE_BYTES_MAX);
  if (bytes !== undefined) return openArchive(bytes, passphrase, path);
  throw new OperatingError('not_found', 'secret_export_missing', `there is no file ${path}`, {
    where: path,
    remedy: 'give a file that `systemprompt admin config secret export` wrote',
  });
}

function unknownSecret(name: string): OperatingError {
  return new OperatingError('not_found', 'secret_unknown', 'there is no secret of this name', {
    where: name,
    remedy: 'systemprompt admin config secret list',
  });
}

function summaryOf(name: string, versions: readonly OpenedSecret[]): SecretSummary {
  const listed = versions.map(({ version, createdAtMs }) => ({ version, createdAtMs }));
  const latest = listed.at(-1) ?? { version: 0, createdAtMs: 0 };
  return { name, ...latest, versions: listed };
}
