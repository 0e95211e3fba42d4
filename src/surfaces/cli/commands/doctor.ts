import { defineCommand } from '#surfaces/cli/command';
import type { DiagnosisItem } from '#surfaces/cli/diagnosis';
import { itemOf } from '#surfaces/cli/output';
import { printable } from '#surfaces/cli/printable';
import type { Paint } from '#surfaces/cli/terminal';

export const command = defineCommand({
  effect: 'none',
  details:
    'Checks what a start needs, whether or not the server runs. Exits 1 when anything fails; a warning is no failure.',
  arguments: {},
  options: {},
  examples: [
    { line: 'doctor', shows: 'is everything as it must be?' },
    { line: 'doctor --json', shows: 'for a script' },
  ],
  async run({ services, terminal }) {
    const items = await services.diagnose();
    const count = (status: string) => items.filter((item) => item.status === status).length;
    const [passed, warned, failed] = [count('pass'), count('warn'), count('fail')];
    const summary = `${passed} passed, ${warned} warned, ${failed} failed`;
    const text = [...items.map((item) => lineOf(item, terminal.paint)), '', summary].join('\n');
    return { ...itemOf({ passed, warned, failed, columns: COLUMNS, items }, text), exitCode: failed > 0 ? 1 : 0 };
  },
});

const COLUMNS = ['check', 'status', 'detail', 'remedy'];

const MARKS = { pass: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const;

function lineOf({ check, status, detail, remedy }: DiagnosisItem, paint: Paint): string {
  const [style, mark] = MARKS[status];
  const line = `${paint(style, `${mark} ${status}`)}  ${check.padEnd(14)}${printable(detail)}`;
  return remedy === null ? line : `${line}\n          ${paint('dim', 'fix:')} ${printable(remedy)}`;
}
