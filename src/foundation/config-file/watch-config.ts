import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import { type Clock, every } from '../time.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { ConfigResult, LoadedConfig, RefusedConfig } from './load-config-tree.ts';

export type WatchConfigOptions<Value> = {
  /** The configuration that runs now. */
  readonly initial: LoadedConfig<Value>;
  /** Reads it anew, whole. */
  readonly load: () => Promise<ConfigResult<Value>>;
  readonly clock: Clock;
  /** Called with each valid configuration that differs from the one before; when it throws, that one stays. */
  readonly onChange: (loaded: LoadedConfig<Value>) => void;
  /** Called when an edit is refused, and with an empty list when the files are valid again. */
  readonly onProblems: (problems: readonly ConfigProblem[]) => void;
  /** Quiet time after a change before the files are read: an editor writes several times. */
  readonly debounceMs?: number;
  /** How often the files are compared, for file systems that report nothing. */
  readonly pollMs?: number;
};

export type ConfigWatch<Value> = {
  /** The last valid configuration. */
  current(): LoadedConfig<Value>;
  /** What is wrong with the files now; empty while `current` is what they say. */
  problems(): readonly ConfigProblem[];
  /** Reads the files now. */
  reload(): Promise<ConfigResult<Value>>;
  /** Ends watching; a reload under way is waited for. */
  close(): Promise<void>;
};

const DEBOUNCE_MS = 150;
const POLL_MS = 2_000;

/** Follows the files of a configuration. A broken edit changes nothing but `problems`. */
export function watchConfig<Value>(options: WatchConfigOptions<Value>): ConfigWatch<Value> {
  const { clock } = options;
  let current = options.initial;
  let sources: readonly string[] = options.initial.sources;
  let problems: readonly ConfigProblem[] = [];
  let running: Promise<ConfigResult<Value>> | undefined;
  let queued: Promise<ConfigResult<Value>> | undefined;
  let seen: string | undefined;
  let cancelDebounce = () => {};
  let closed = false;
  let watchers = openWatchers();
  void fingerprint(sources).then((found) => {
    seen ??= found;
  });
  const stopPolling = every(clock, options.pollMs ?? POLL_MS, reloadWhenChanged);

  /** One reading at a time; who asks meanwhile gets the one after it, because the present one may have missed the edit. */
  function reload(): Promise<ConfigResult<Value>> {
    if (running === undefined) {
      running = readNow().finally(() => {
        running = undefined;
      });
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return reload();
      });
    return queued;
  }

  async function readNow(): Promise<ConfigResult<Value>> {
    cancelDebounce();
    seen = await fingerprint(sources);
    const result = await options.load().catch((error: unknown) => refusal(messageOf(error)));
    if (closed) return result;
    if (result.sources.join('\n') !== sources.join('\n')) {
      sources = result.sources;
      seen = await fingerprint(sources);
      closeWatchers();
      watchers = openWatchers();
    }
    if (result.ok) return accept(result);
    reportProblems(result.problems);
    return result;
  }

  /** What cannot be applied is refused like what cannot be read. */
  function accept(loaded: LoadedConfig<Value>): ConfigResult<Value> {
    if (JSON.stringify(loaded.value) !== JSON.stringify(current.value)) {
      try {
        options.onChange(loaded);
      } catch (error) {
        const refused = refusal(messageOf(error));
        reportProblems(refused.problems);
        return refused;
      }
    }
    current = loaded;
    if (problems.length > 0) reportProblems([]);
    return loaded;
  }

  function refusal(message: string): RefusedConfig {
    return { ok: false, problems: [{ file: sources[0] ?? '', line: 1, column: 1, path: '', message }], sources };
  }

  function reportProblems(found: readonly ConfigProblem[]): void {
    problems = found;
    options.onProblems(found);
  }

  async function reloadWhenChanged(): Promise<void> {
    const before = seen;
    seen = await fingerprint(sources);
    if (before !== undefined && before !== seen) await reload();
  }

  function scheduleReload(): void {
    cancelDebounce();
    cancelDebounce = clock.after(options.debounceMs ?? DEBOUNCE_MS, () => void reload());
  }

  /** Directories are watched, not files: an editor puts a new file in the place of the old one. */
  function openWatchers(): readonly FSWatcher[] {
    const directories = new Set(sources.map((source) => dirname(source)));
    return [...directories].flatMap((directory) => {
      try {
        const watcher = watch(directory, { persistent: false }, scheduleReload);
        // A directory that goes away ends its watcher; polling goes on.
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  function closeWatchers(): void {
    for (const watcher of watchers) watcher.close();
  }

  return {
    current: () => current,
    problems: () => problems,
    reload,
    async close() {
      closed = true;
      cancelDebounce();
      stopPolling();
      closeWatchers();
      await (queued ?? running)?.catch(() => undefined);
    },
  };
}

/** Changes whenever one of the files does; a missing file has one too. */
async function fingerprint(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map((file) =>
      stat(file, { bigint: true }).then(
        (found) => `${found.ino}:${found.size}:${found.mtimeNs}`,
        () => 'missing',
      ),
    ),
  );
  return parts.join(' ');
}
