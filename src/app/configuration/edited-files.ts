/** Files of the configuration that a command edits. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '#foundation/errors';

/** Undefined when there is no such file. */
export async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Writes every text by the path of its file, each whole or not at all; `undo` puts back what was there. */
export async function writeTexts(texts: ReadonlyMap<string, string>): Promise<{ undo(): Promise<void> }> {
  const before = new Map<string, string | undefined>();
  for (const [file, text] of texts) {
    before.set(file, await textOf(file));
    await replaceFile(file, text);
  }
  return {
    async undo() {
      for (const [file, text] of [...before].reverse()) {
        if (text === undefined) await rm(file, { force: true });
        else await replaceFile(file, text);
      }
    },
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.new`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
