import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, ROOT, type SourceFile, sourceFiles } from './support/source-files.ts';

const FLOORS = ['foundation', 'governance', 'features', 'surfaces', 'app'] as const;
const FORBIDDEN_FOLDERS = [
  'utils',
  'helpers',
  'common',
  'shared',
  'services',
  'repositories',
  'models',
  'types',
  'managers',
];

/** Features and surfaces are peers; a sideways import stands here or does not stand at all. */
const SIDEWAYS: readonly string[] = [];

/** Tables, generated files and fixtures: long because they are lists, not because they are code. */
const SIZE_EXEMPT = [/\/rules\//, /command-table\.ts$/, /corpus/, /fixtures?\//, /\.test\.ts$/];
const LINES_MAX = 400;
const TEST_LINES_MAX = 500;
const MEDIAN_LINES_MAX = 90;

const files = sourceFiles('src');
const production = files.filter((file) => !file.path.endsWith('.test.ts') && !file.path.includes('/testing/'));

/** The contract for extensions shows to the outside what stands on every floor. */
function floorOf(path: string): string {
  return path === 'src/extension.ts' ? 'app' : (path.split('/')[1] ?? '');
}

function moduleOf(path: string): string {
  return path.split('/').slice(1, 3).join('/');
}

function offenders(test: (file: SourceFile) => boolean, among: readonly SourceFile[] = production): readonly string[] {
  return among.filter(test).map((file) => file.path);
}

/** One door for each power: the pattern that uses it, and the only paths that may. */
const POWERS: readonly { power: string; pattern: RegExp; in?: 'code'; doors: readonly RegExp[] }[] = [
  { power: 'the process environment', pattern: /process\.(env|exit)\b/, doors: [/^src\/app\//] },
  {
    power: 'child processes',
    pattern: /node:child_process/,
    in: 'code',
    doors: [/^src\/features\/mcp\//, /^src\/foundation\/postgres\//, /^src\/app\//],
  },
  {
    power: "a secret's value",
    pattern: /\.reveal\(/,
    doors: [
      /child-environment\.ts$/,
      /inject-credential\.ts$/,
      /upstream-headers\.ts$/,
      /known-values\.ts$/,
      /^src\/governance\/secrets\//,
    ],
  },
  { power: 'JSON.parse', pattern: /JSON\.parse\(/, doors: [/^src\/foundation\/json\.ts$/] },
  {
    power: 'the wall clock',
    pattern: /\bDate\.now\(|new Date\(\)|performance\.now\(|\bset(Timeout|Interval)\(/,
    // The program's own file holds the process open, which timers of the clock never do.
    doors: [/^src\/foundation\/time\.ts$/, /^src\/app\/main\.ts$/],
  },
  {
    power: 'random ids',
    pattern: /randomUUID|randomBytes|Math\.random/,
    doors: [/^src\/foundation\/(ids|crypto)\.ts$/],
  },
  { power: 'undici', pattern: /from 'undici'/, in: 'code', doors: [/^src\/foundation\/http\//] },
  { power: 'fetch', pattern: /(^|[^.\w])fetch\(/m, doors: [/^src\/foundation\/http\//] },
  {
    power: 'the audit tables',
    pattern: /insert into (governance_decisions|audit_records)/i,
    in: 'code',
    doors: [/^src\/governance\/audit\//],
  },
  {
    power: 'standard output',
    pattern: /\bconsole\.|process\.stdout/,
    doors: [/^src\/surfaces\/cli\//, /^src\/foundation\/logging\.ts$/, /^src\/app\//],
  },
];

describe('the floors', () => {
  it('import only downwards', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('#'))
        .filter((specifier) => {
          const target = specifier.slice(1).split('/')[0] ?? '';
          return FLOORS.indexOf(target as never) > FLOORS.indexOf(floorOf(file.path) as never);
        })
        .map((specifier) => `${file.path} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep features and surfaces apart from their peers', () => {
    const wrong = files
      .filter((file) => ['features', 'surfaces'].includes(floorOf(file.path)))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => specifier.startsWith(`#${floorOf(file.path)}/`))
          .filter((specifier) => specifier.slice(1).split('/').slice(0, 2).join('/') !== moduleOf(file.path))
          .map((specifier) => `${file.path} -> ${specifier}`),
      )
      .filter((line) => !SIDEWAYS.includes(line));
    expect(wrong).toEqual([]);
  });

  it('reach other modules by subpath imports, never by climbing', () => {
    expect(offenders((file) => importsOf(file).some((specifier) => specifier.includes('../../')), files)).toEqual([]);
  });

  it('have no barrel and no index', () => {
    expect(offenders((file) => /\/index\.ts$/.test(file.path), files)).toEqual([]);
    expect(
      offenders((file) => /^export (\*|\{[^}]*\}) from /m.test(file.code) && file.path !== 'src/extension.ts'),
    ).toEqual([]);
  });

  it('have no folder named for nothing', () => {
    // A command's folders are the words of the command, which the contract gives.
    const folders = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !entry.parentPath.includes('surfaces/cli/commands'),
    );
    expect(folders.map((folder) => folder.name).filter((name) => FORBIDDEN_FOLDERS.includes(name))).toEqual([]);
  });
});

describe('the powers', () => {
  for (const { power, pattern, in: source = 'bare', doors } of POWERS) {
    it(`leave only its own door to ${power}`, () => {
      expect(offenders((file) => pattern.test(file[source]) && !doors.some((door) => door.test(file.path)))).toEqual(
        [],
      );
    });
  }

  it('leave no way around the types', () => {
    expect(
      offenders((file) => /\bas any\b|: any\b|@ts-(ignore|expect-error|nocheck)|as unknown as/.test(file.code)),
    ).toEqual([]);
  });

  it('write SQL in stores only', () => {
    const sql = /\b(select\s+[\w*,\s."()]+\s+from|insert\s+into|update\s+\w+\s+set|delete\s+from)\b/i;
    const homes = /-store\.ts$|\/audit\/|\/postgres\/|\/blocklist\/|\/commands\/|\/rules\//;
    expect(offenders((file) => /query|sql`/.test(file.code) && sql.test(file.code) && !homes.test(file.path))).toEqual(
      [],
    );
  });
});

describe('the sizes', () => {
  const sized = files.filter((file) => !SIZE_EXEMPT.some((exempt) => exempt.test(file.path)));

  it(`keep every file within ${LINES_MAX} lines`, () => {
    expect(sized.filter((file) => file.lines > LINES_MAX).map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
  });

  it(`keep every test file within ${TEST_LINES_MAX} lines`, () => {
    const tests = [...files.filter((file) => file.path.endsWith('.test.ts')), ...sourceFiles('tests')];
    const long = tests.filter((file) => file.lines > TEST_LINES_MAX && !/corpus|fixtures|claims\.ts/.test(file.path));
    expect(long.map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
  });

  it(`keep the median file within ${MEDIAN_LINES_MAX} lines`, () => {
    const lines = sized.map((file) => file.lines).sort((left, right) => left - right);
    expect(lines[Math.floor(lines.length / 2)] ?? 0).toBeLessThanOrEqual(MEDIAN_LINES_MAX);
  });
});

describe('the words', () => {
  const documents = ['README.md', 'ARCHITECTURE.md', 'GLOSSARY.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

  it('name only files that exist', () => {
    const missing = documents.flatMap((document) => {
      const text = readFileSync(join(ROOT, document), 'utf8');
      const named =
        text.match(/\b(?:src|tests|demo|docs|bench|services|migrations|scripts|packages)\/[\w./-]*\.\w+/g) ?? [];
      return named.filter((path) => !existsSync(join(ROOT, path))).map((path) => `${document}: ${path}`);
    });
    expect(missing).toEqual([]);
  });
});
