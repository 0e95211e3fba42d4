import type { Category } from '../category.ts';
import { beginsAt, beginsInnerAt, choosesRows, type Statement, symbolAt, wordAt } from './statements.ts';

/** One way to destroy something by SQL, with what it catches and what it leaves alone. */
export type SqlRule = {
  /** Unique among all rules. */
  readonly id: string;
  readonly category: Category;
  /** What the statement does, as the subject of a sentence. */
  readonly says: string;
  matches(statement: Statement): boolean;
  readonly positives: readonly string[];
  readonly negatives: readonly string[];
};

const OBJECTS =
  /^(?:TABLE|DATABASE|SCHEMA|VIEW|MATERIALIZED|INDEX|SEQUENCE|FUNCTION|PROCEDURE|ROUTINE|TRIGGER|TYPE|DOMAIN|ROLE|USER|LOGIN|EXTENSION|COLUMN|CONSTRAINT|PARTITION|TEMPORARY|TEMP|FOREIGN|POLICY|RULE|SERVER|TABLESPACE|PUBLICATION|SUBSCRIPTION|OWNED|KEYSPACE|COLLECTION|EVENT|PACKAGE|SYNONYM|STAGE|STREAM|WAREHOUSE|CATALOG)$/;

/** What ALTER ... DROP may drop without losing data. */
const HARMLESS_DROPS = /^(?:NOT|DEFAULT|IDENTITY|EXPRESSION)$/;

export const SQL_RULES: readonly SqlRule[] = [
  {
    id: 'sql-drop',
    category: 'database',
    says: 'dropping a table or another object',
    matches: (statement) =>
      wordAt(statement, 0) !== 'ALTER' &&
      statement.some((_, index) => {
        if (wordAt(statement, index) !== 'DROP') return false;
        return beginsAt(statement, index) || OBJECTS.test(wordAt(statement, index + 1));
      }),
    positives: [
      'DROP TABLE users',
      'drop table if exists users cascade;',
      'SELECT 1; DROP DATABASE production',
      'DROP/**/TABLE/**/users',
      '/* note */ DROP TABLE users -- gone',
      "SELECT '--'; DROP TABLE users",
      'SELECT "--"; DROP TABLE users',
      'SELECT 1 /* /* nested */ */; DROP TABLE users',
      "SELECT 'it''s'; DROP TABLE users",
      "SELECT '\\'; DROP TABLE users; --'",
      "SELECT E'\\''; DROP TABLE users",
      'SELECT $tag$ ; $tag$; DROP TABLE users',
      '/*!50000 DROP TABLE users */',
      "EXECUTE 'DROP TABLE users'",
      "DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$",
      "EXEC('DROP TABLE users')",
      'BEGIN; DROP INDEX users_email; COMMIT',
      "SELECT ' ; DROP TABLE users",
    ],
    negatives: [
      'SELECT 1 -- DROP TABLE users',
      '/* DROP TABLE users; */ SELECT 1',
      '/* outer /* DROP TABLE a; */ DROP TABLE users; */ SELECT 1',
      "SELECT 'DROP TABLE users'",
      "INSERT INTO notes (body) VALUES ('it''s; DROP TABLE users;')",
      'SELECT $$DROP TABLE users$$',
      'SELECT "DROP TABLE" FROM t',
      'SELECT `drop`, [drop table] FROM t',
      'SELECT a AS drop FROM t',
      'SELECT drop_count FROM dropped',
      "COMMENT ON TABLE users IS 'drop table later'",
      "SELECT E'\\'; DROP TABLE users; --'",
    ],
  },
  {
    id: 'sql-truncate',
    category: 'database',
    says: 'emptying a table',
    matches: (statement) =>
      statement.some((_, index) => {
        if (wordAt(statement, index) !== 'TRUNCATE') return false;
        return (
          wordAt(statement, index + 1) === 'TABLE' ||
          (beginsAt(statement, index) && symbolAt(statement, index + 1) !== '(')
        );
      }),
    positives: ['TRUNCATE users', 'truncate table users restart identity', 'BEGIN; TRUNCATE a, b; COMMIT'],
    negatives: ['SELECT TRUNCATE(1.234, 2)', "SELECT 'TRUNCATE users'", 'SELECT truncate FROM t'],
  },
  {
    id: 'sql-alter-drop',
    category: 'database',
    says: 'dropping a column, a constraint or a partition',
    matches: (statement) =>
      wordAt(statement, 0) === 'ALTER' &&
      statement.some(
        (_, index) => wordAt(statement, index) === 'DROP' && !HARMLESS_DROPS.test(wordAt(statement, index + 1)),
      ),
    positives: [
      'ALTER TABLE users DROP COLUMN email',
      'ALTER TABLE users DROP email',
      'alter table t drop constraint c',
      'ALTER TABLE t DROP PARTITION p',
    ],
    negatives: [
      'ALTER TABLE users ADD COLUMN email text',
      'ALTER TABLE t ALTER COLUMN c DROP NOT NULL',
      'ALTER TABLE t ALTER c DROP DEFAULT',
      "ALTER TABLE t ALTER c SET DEFAULT 'drop'",
    ],
  },
  {
    id: 'sql-delete-every-row',
    category: 'database',
    says: 'deleting every row of a table',
    matches: (statement) =>
      statement.some((_, index) => {
        if (wordAt(statement, index) !== 'DELETE') return false;
        if (wordAt(statement, index + 1) !== 'FROM' && !beginsAt(statement, index)) return false;
        return !choosesRows(statement, index);
      }),
    positives: [
      'DELETE FROM users',
      'delete from users; -- where id = 1',
      "DELETE FROM users /* WHERE id = 1 */ RETURNING '...where'",
      'DELETE FROM users WHERE 1 = 1',
      'DELETE FROM users WHERE true',
      "DELETE FROM users WHERE id = 5 OR 'a' = 'a'",
      'WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone WHERE id = 1',
      'EXPLAIN ANALYZE DELETE FROM users',
      'DELETE t FROM t JOIN u USING (id)',
      'DO $$ BEGIN DELETE FROM users; END $$',
    ],
    negatives: [
      'DELETE FROM users WHERE id = 1',
      'delete from users u using teams t where u.team_id = t.id and t.name = $1',
      'WITH gone AS (DELETE FROM users WHERE id = 1 RETURNING *) SELECT * FROM gone',
      'CREATE TABLE t (id int REFERENCES u ON DELETE CASCADE)',
      'SELECT deleted FROM users',
      "SELECT 'DELETE FROM users'",
      'CREATE TRIGGER x BEFORE UPDATE OR DELETE ON t EXECUTE FUNCTION f()',
    ],
  },
  {
    id: 'sql-update-every-row',
    category: 'database',
    says: 'changing every row of a table',
    matches: (statement) =>
      wordAt(statement, 0) !== 'MERGE' &&
      statement.some((token, index) => {
        if (wordAt(statement, index) !== 'UPDATE' || !beginsInnerAt(statement, index)) return false;
        const sets = statement.some(
          (next, at) => at > index && next.depth === token.depth && wordAt(statement, at) === 'SET',
        );
        return sets && !choosesRows(statement, index);
      }),
    positives: [
      'UPDATE users SET admin = true',
      'update users set a = 1 -- where id = 1',
      'UPDATE users SET a = (SELECT 1 WHERE true)',
      'UPDATE users SET a = 1 WHERE 1=1',
    ],
    negatives: [
      'UPDATE users SET a = 1 WHERE id = 2',
      'INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1',
      'INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1',
      'SELECT * FROM t FOR UPDATE',
      'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1',
      'SELECT update FROM t',
    ],
  },
  {
    id: 'sql-grant',
    category: 'privilege',
    says: 'granting rights or changing roles',
    matches: (statement) => {
      const [first, second] = [wordAt(statement, 0), wordAt(statement, 1)];
      if (first === 'GRANT') return true;
      if (/^(?:CREATE|ALTER)$/.test(first) && /^(?:ROLE|USER|LOGIN|SYSTEM)$/.test(second)) return true;
      return (
        first === 'ALTER' &&
        statement.some((_, index) => wordAt(statement, index) === 'OWNER' && wordAt(statement, index + 1) === 'TO')
      );
    },
    positives: [
      'GRANT ALL ON users TO public',
      'ALTER ROLE me SUPERUSER',
      "CREATE USER x PASSWORD 'y'",
      'ALTER TABLE t OWNER TO me',
    ],
    negatives: [
      'SELECT grant_id FROM grants',
      'SHOW GRANTS',
      'CREATE TABLE users (id int)',
      'CREATE VIEW user_list AS SELECT 1',
    ],
  },
  {
    id: 'sql-run-program',
    category: 'remote-code',
    says: 'running a program, or loading code, from inside the database',
    matches: (statement) => {
      const has = (pattern: RegExp) => statement.some((_, index) => pattern.test(wordAt(statement, index)));
      if (wordAt(statement, 0) === 'COPY' && has(/^PROGRAM$/)) return true;
      return has(/^(?:XP_CMDSHELL|SP_OACREATE|LOAD_EXTENSION|SYS_EXEC|SYS_EVAL|DBMS_SCHEDULER)$/);
    },
    positives: [
      "COPY t FROM PROGRAM 'curl http://example.com'",
      "EXEC xp_cmdshell 'dir'",
      "SELECT load_extension('x')",
    ],
    negatives: ["COPY t FROM '/tmp/t.csv'", 'SELECT program FROM t', "SELECT 'xp_cmdshell'"],
  },
  {
    id: 'sql-stop-server',
    category: 'process-power',
    says: 'stopping the database or the sessions of others',
    matches: (statement) =>
      /^(?:SHUTDOWN|KILL)$/.test(wordAt(statement, 0)) ||
      statement.some((_, index) => wordAt(statement, index) === 'PG_TERMINATE_BACKEND'),
    positives: ['SHUTDOWN', 'KILL 42', 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity'],
    negatives: ['SELECT shutdown FROM t', 'SELECT pg_backend_pid()'],
  },
  {
    id: 'sql-write-file',
    category: 'file-system',
    says: "writing a file on the database's machine",
    matches: (statement) =>
      statement.some(
        (_, index) =>
          /^(?:OUTFILE|DUMPFILE)$/.test(wordAt(statement, index)) || /^LO_EXPORT$/.test(wordAt(statement, index)),
      ),
    positives: ["SELECT * FROM users INTO OUTFILE '/var/www/x.php'", "SELECT lo_export(1, '/etc/x')"],
    negatives: ["SELECT 'INTO OUTFILE'", 'SELECT outfile_name FROM t'],
  },
];
