import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JsonObject } from '#foundation/json';
import { readVerifierKeys } from '#governance/audit/signing-key';
import { verifyDatabase } from '#governance/audit/verify-database';
import { verifyExport } from '#governance/audit/verify-export';
import { verifyJournal } from '#governance/audit/verify-journal';
import type { VerifyReport } from '#governance/audit/verify-report';
import { awaitRecords, signRecords } from '#surfaces/cli/await-records';
import { readCheckpointNotes, readPublicKeys } from '#surfaces/cli/checkpoint-files';
import { defineCommand } from '#surfaces/cli/command';
import type { CommandContext } from '#surfaces/cli/context';
import { itemOf } from '#surfaces/cli/output';
import { flag, text } from '#surfaces/cli/parameters';
import { printable } from '#surfaces/cli/printable';
import { createProgress } from '#surfaces/cli/progress';

export const command = defineCommand({
  effect: 'none',
  details: `Proves that no record was edited, removed, inserted, reordered or cut off, and that the tables say what the
records say: every record is hashed anew and held against the signed checkpoints. Exits 1 and names the first bad
record otherwise. Checkpoints and keys that were kept elsewhere prove it even against who owns this machine.`,
  arguments: {},
  options: {
    journal: flag('--journal', 'the files of the journal instead of the database'),
    export: text('--export <file>', 'an export instead of the database; needs no database'),
    checkpoint: text('--checkpoint <file>', 'signed checkpoints that were kept elsewhere, to be held against as well'),
    keys: text('--keys <file>', 'the public keys to trust, instead of those of this home'),
  },
  examples: [
    { line: 'infra audit verify', shows: 'what the database holds' },
    { line: 'infra audit verify --checkpoint checkpoints.ndjson', shows: 'against checkpoints kept elsewhere' },
    { line: 'infra audit verify --export audit.ndjson --keys public-keys.txt', shows: 'away from here' },
  ],
  async run(context) {
    const progress = createProgress('verified', 'records', context.terminal, context.clock);
    const reports = await verify(context, progress.advance).finally(progress.end);
    const problems = reports.flatMap((report) => report.problems);
    const logs = reports.flatMap((report) => report.logs);
    const records = logs.reduce((sum, log) => sum + log.records, 0);
    const item: JsonObject = {
      ok: problems.length === 0,
      source: reports[0]?.source ?? 'journal',
      records,
      logs,
      problems,
      first_bad: problems[0] ?? null,
    };
    const lines = [
      ...logs.map((log) => {
        const signed = `${log.checkpoints} checkpoints, signed up to ${log.signed_seq}`;
        return `log ${log.log_id}: ${log.records} records from ${log.first_seq} on, ${signed}, root ${log.root_hash}`;
      }),
      ...problems.map(({ kind, id, log_id, detail }) => `${kind} ${id ?? log_id}: ${printable(detail)}`),
      problems.length === 0 ? 'clean' : `NOT CLEAN: ${problems.length} found; the first bad record stands first`,
    ];
    return { ...itemOf(item, lines.join('\n')), exitCode: problems.length === 0 ? 0 : 1 };
  },
});

type Options = {
  readonly journal: boolean;
  readonly export: string | undefined;
  readonly checkpoint: string | undefined;
  readonly keys: string | undefined;
};

async function verify(
  context: CommandContext<unknown, Options>,
  onProgress: (records: number) => void,
): Promise<readonly VerifyReport[]> {
  const { services, options } = context;
  const { export: file } = options;
  const keys =
    options.keys === undefined
      ? await readVerifierKeys(services.places().auditKeyDirectory)
      : await readPublicKeys(options.keys);
  const notes = options.checkpoint === undefined ? [] : await readCheckpointNotes(options.checkpoint);
  if (file !== undefined) return [await verifyExport({ lines: () => linesOf(file), keys, notes, onProgress })];
  await signRecords(context);
  if (options.journal) {
    const root = services.places().journalDirectory;
    const reports: VerifyReport[] = [];
    for (const directory of await logDirectories(root)) {
      reports.push(await verifyJournal({ directory: join(root, directory), keys, notes, onProgress }));
    }
    return reports;
  }
  await awaitRecords(context);
  return [await verifyDatabase({ database: await services.database(), keys, notes, onProgress })];
}

async function logDirectories(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
