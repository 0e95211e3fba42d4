export type DiagnosisStatus = 'pass' | 'warn' | 'fail';

/** What the doctor found about one thing. */
export type DiagnosisItem = {
  /** `runtime`, `database`, `migrations`, ... */
  readonly check: string;
  readonly status: DiagnosisStatus;
  /** One sentence. */
  readonly detail: string;
  /** The next command or action; on a warning or a failure always there. */
  readonly remedy: string | null;
};
