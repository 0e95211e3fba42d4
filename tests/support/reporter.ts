import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** One line a file while it runs, failures in full at the end, and a last line of the form `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  readonly #startedMs = performance.now();
  #files = 0;
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  readonly #failures: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') this.#passed += 1;
    if (result.state === 'skipped') this.#skipped += 1;
    if (result.state !== 'failed') return;
    this.#failed += 1;
    const errors = result.errors.map((error) => error.stack ?? error.message).join('\n');
    this.#failures.push(`FAIL ${test.module.relativeModuleId} > ${test.fullName}\n${errors}`);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#files += 1;
    const bad = module.errors().map((error) => error.stack ?? error.message);
    if (bad.length > 0) {
      this.#failed += 1;
      this.#failures.push(`FAIL ${module.relativeModuleId}\n${bad.join('\n')}`);
    }
    const mark = module.ok() ? 'ok  ' : 'FAIL';
    console.log(`${mark} ${module.relativeModuleId} (${Math.round(module.diagnostic().duration)} ms)`);
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly { stack?: string; message: string }[]): void {
    for (const error of unhandled) {
      this.#failed += 1;
      this.#failures.push(`FAIL outside any test\n${error.stack ?? error.message}`);
    }
    for (const failure of this.#failures) console.log(`\n${failure}`);
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(1);
    console.log(`\n${this.#files} files in ${seconds} s${this.#skipped > 0 ? `, ${this.#skipped} tests skipped` : ''}`);
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
  }
}
