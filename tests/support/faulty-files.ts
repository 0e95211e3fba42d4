import { writeFile } from 'node:fs/promises';
import { type JournalFiles, systemJournalFiles, UNFINISHED_SUFFIX } from '#governance/audit/journal-files';

export type FileStep = 'append' | 'sync' | 'truncate' | 'replace' | 'remove';

/** `half`: in the middle of an append or before the rename of a replace. */
export type Moment = 'before' | 'half' | 'after';

export type Fault = (step: FileStep, path: string, moment: Moment) => void;

/** The real files with a fault hook at each step that changes the disk; a hook that throws makes the step fail there. */
export function createFaultyFiles(fault: Fault): JournalFiles {
  async function around<T>(step: FileStep, path: string, run: () => Promise<T>): Promise<T> {
    fault(step, path, 'before');
    const value = await run();
    fault(step, path, 'after');
    return value;
  }

  return {
    ...systemJournalFiles,
    remove: (path) => around('remove', path, () => systemJournalFiles.remove(path)),
    replace: (path, content) =>
      around('replace', path, async () => {
        await writeFile(`${path}${UNFINISHED_SUFFIX}`, content.subarray(0, content.length / 2));
        fault('replace', path, 'half');
        await systemJournalFiles.replace(path, content);
      }),
    async openAppend(path) {
      const file = await systemJournalFiles.openAppend(path);
      return {
        append: (buffers) =>
          around('append', path, async () => {
            const bytes = Buffer.concat(buffers);
            const half = Math.floor(bytes.length / 2);
            await file.append([bytes.subarray(0, half)]);
            fault('append', path, 'half');
            await file.append([bytes.subarray(half)]);
          }),
        sync: () => around('sync', path, () => file.sync()),
        truncate: (bytes) => around('truncate', path, () => file.truncate(bytes)),
        close: () => file.close(),
      };
    },
  };
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** `append of a segment, half`: the name of a step in a test's title. */
export function failpointName(step: FileStep, path: string, moment: Moment): string {
  const file = /\.segment(\.[\w-]+)?$/.test(path)
    ? 'segment'
    : path.endsWith('checkpoints.ndjson')
      ? 'checkpoints'
      : 'other';
  return `${file}.${step}.${moment}`;
}
