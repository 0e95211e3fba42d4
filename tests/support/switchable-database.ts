import type { Database } from '#foundation/postgres/database';

export type SwitchableDatabase = Database & {
  /** Whether the database answers. */
  isUp: boolean;
  /** The next statement is carried out, but its answer is lost on the way. */
  losesNextAnswer: boolean;
  readonly statements: string[];
};

/** A database whose connection a test can cut. */
export function createSwitchableDatabase(database: Database): SwitchableDatabase {
  const gone = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const switchable: SwitchableDatabase = {
    ...database,
    isUp: true,
    losesNextAnswer: false,
    statements: [],
    async query(sql, params, options) {
      if (!switchable.isUp) throw gone();
      switchable.statements.push(sql);
      const rows = await database.query<never>(sql, params, options);
      if (switchable.losesNextAnswer && sql.includes('INSERT INTO audit_records')) {
        switchable.losesNextAnswer = false;
        throw gone();
      }
      return rows;
    },
  };
  return switchable;
}
