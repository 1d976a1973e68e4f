/** One line of the doctor's report. */
export interface CheckResult {
  name: string;
  title: string;
  state: 'ok' | 'warn' | 'fail' | 'skip';
  message: string;
  /** What to do about it. */
  fix?: string;
}
