import { inlineCode } from '../shell/inline-code.ts';
import { optionValues, readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { SqlDialect } from '../sql/tokenize-sql.ts';
import type { CommandRule } from './rule.ts';

/** How the command-line clients take SQL: by option, or as operands after the first few. */
const CLIENTS: Readonly<
  Record<string, { readonly options: readonly string[]; readonly operandsFrom?: number; readonly dialect: SqlDialect }>
> = {
  psql: { options: ['-c', '--command'], dialect: 'standard' },
  pgcli: { options: [], dialect: 'standard' },
  mysql: { options: ['-e', '--execute'], dialect: 'mysql' },
  mariadb: { options: ['-e', '--execute'], dialect: 'mysql' },
  mycli: { options: ['-e', '--execute'], dialect: 'mysql' },
  sqlite3: { options: ['-cmd'], operandsFrom: 1, dialect: 'sqlite' },
  sqlite: { options: ['-cmd'], operandsFrom: 1, dialect: 'sqlite' },
  duckdb: { options: ['-c', '-cmd', '-s'], operandsFrom: 1, dialect: 'standard' },
  sqlcmd: { options: ['-Q', '-q'], dialect: 'standard' },
  bcp: { options: [], operandsFrom: 0, dialect: 'standard' },
  'clickhouse-client': { options: ['-q', '--query'], dialect: 'standard' },
  clickhouse: { options: ['-q', '--query'], dialect: 'standard' },
  cockroach: { options: ['-e', '--execute'], dialect: 'standard' },
  snowsql: { options: ['-q', '--query'], dialect: 'standard' },
  bq: { options: [], operandsFrom: 1, dialect: 'standard' },
  cqlsh: { options: ['-e', '--execute'], dialect: 'standard' },
  sqlplus: { options: [], dialect: 'standard' },
  usql: { options: ['-c', '--command'], dialect: 'standard' },
  trino: { options: ['--execute'], dialect: 'standard' },
  presto: { options: ['--execute'], dialect: 'standard' },
  turso: { options: [], operandsFrom: 2, dialect: 'sqlite' },
  wrangler: { options: ['--command'], dialect: 'sqlite' },
};

export function isSqlClient(program: string): boolean {
  return CLIENTS[program] !== undefined;
}

/** The SQL that a call hands to a database, and in what dialect. */
export function sqlOf(call: ProgramCall): { readonly texts: readonly string[]; readonly dialect: SqlDialect } {
  const client = CLIENTS[call.program];
  if (client === undefined) return { texts: [], dialect: 'standard' };
  const texts = [...optionValues(call.args, client.options)];
  if (client.operandsFrom !== undefined) texts.push(...readOptions(call.args).operands.slice(client.operandsFrom));
  if (call.input !== undefined) texts.push(call.input);
  return { texts, dialect: client.dialect };
}

/** What SQL clients hand to a shell: `\! command` in psql and mysql, `.shell command` in sqlite3. */
export function shellEscapesOf(sql: string): readonly string[] {
  const escapes = sql.matchAll(/^\s*(?:\\!|\.(?:shell|system)\s|system\s)\s*(.+)$/gm);
  return [...escapes].map(([, script]) => script ?? '');
}

const FRAMEWORK_RESET =
  /^(?:db:(?:drop|reset|wipe|purge|setup|schema:drop|migrate:(?:reset|undo:all))(?::\w+)?|migrate:(?:fresh|refresh|reset)|flush|reset_db|sqlflush)$/;

export const DATABASE_RULES: readonly CommandRule[] = [
  {
    id: 'drop-database',
    category: 'database',
    says: 'dropping a whole database',
    programs: ['dropdb', 'dropuser', 'mysqladmin', 'pg_dropcluster', 'influx'],
    matches: ({ program, args }) => {
      if (program === 'mysqladmin') return args.includes('drop');
      if (program === 'influx') return args.includes('delete') || args.some((arg) => /^drop\b/i.test(arg));
      return !args.includes('--help');
    },
    positives: ['dropdb production', 'mysqladmin -u root drop app', 'influx bucket delete -n x'],
    negatives: ['createdb test', 'mysqladmin status', 'dropdb --help'],
  },
  {
    id: 'empty-store',
    category: 'database',
    says: 'emptying a key-value or document store',
    programs: ['redis-cli', 'valkey-cli', 'keydb-cli', 'flushall', 'flushdb', 'mongosh', 'mongo', 'mongorestore'],
    matches: (call) => {
      const { program, args } = call;
      if (program === 'flushall' || program === 'flushdb') return true;
      if (program === 'mongorestore') return args.includes('--drop');
      if (program === 'mongosh' || program === 'mongo')
        return inlineCode(call).some((code) => MONGO_DESTRUCTION.test(code));
      const [verb = ''] = readOptions(args, ['-h', '-p', '-s', '-a', '-u', '-n', '--user', '--pass']).operands;
      return [verb, ...(call.input ?? '').split('\n')].some((line) => /^\s*(?:flushall|flushdb)\b/i.test(line));
    },
    positives: [
      'redis-cli FLUSHALL',
      'redis-cli -h cache -n 1 flushdb async',
      'echo FLUSHALL | redis-cli',
      `mongosh --eval 'db.dropDatabase()'`,
      `mongosh app --eval "db.users.deleteMany({})"`,
      'FLUSHALL',
    ],
    negatives: [
      'redis-cli get flushall',
      'redis-cli DEL one-key',
      `mongosh --eval 'db.users.find({})'`,
      `mongosh --eval "db.users.deleteOne({_id: 1})"`,
    ],
  },
  {
    id: 'framework-reset',
    category: 'database',
    says: "resetting a database by the framework's own command",
    programs: [
      'rails',
      'rake',
      'bundle',
      'php',
      'artisan',
      'prisma',
      'sequelize',
      'python',
      'django-admin',
      'alembic',
      'mix',
      'knex',
      'typeorm',
      'npx',
      'supabase',
      'flyway',
      'liquibase',
      'manage.py',
    ],
    matches: ({ program, args }) => {
      const words = args.map((arg) => arg.toLowerCase());
      const text = words.join(' ');
      if (/\bmigrate reset\b|--force-reset\b/.test(text) && (program === 'prisma' || words.includes('prisma')))
        return true;
      if (program === 'alembic') return text.includes('downgrade base');
      if (program === 'mix') return words.some((word) => /^ecto\.(?:drop|reset)$/.test(word));
      if (program === 'flyway') return words.includes('clean');
      if (program === 'liquibase') return words.some((word) => /^drop-?all$/.test(word));
      if (program === 'supabase') return text.startsWith('db reset');
      if (program === 'typeorm') return words.includes('schema:drop');
      const isDjango =
        program === 'django-admin' || program === 'manage.py' || words.some((word) => word.endsWith('manage.py'));
      return words.some((word) => FRAMEWORK_RESET.test(word) && (word.includes(':') || isDjango));
    },
    positives: [
      'rails db:drop',
      'bundle exec rake db:reset',
      'php artisan migrate:fresh --seed',
      'npx prisma migrate reset --force',
      'prisma db push --force-reset',
      'python manage.py flush --no-input',
      'alembic downgrade base',
      'mix ecto.drop',
    ],
    negatives: [
      'rails db:migrate',
      'php artisan migrate',
      'npx prisma migrate dev',
      'python manage.py test',
      'alembic upgrade head',
    ],
  },
];

const MONGO_DESTRUCTION =
  /dropDatabase\s*\(|\.drop\s*\(|(?:deleteMany|remove|updateMany)\s*\(\s*\{\s*\}|dropIndexes\s*\(|dropUser\s*\(/;
