import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { OperatingError } from '#foundation/errors';
import type { GlobalOptions } from './global-options.ts';

/** The three streams of a process, or of a test that stands in for one. */
export type TerminalStreams = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
};

export type Environment = Readonly<Record<string, string | undefined>>;

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export type Paint = (style: Style, text: string) => string;

/** Data goes to standard output, talk to standard error. */
export type Terminal = {
  /** Writes data, and ends it with a line feed. */
  print(text: string): void;
  /** Resolves when whoever reads our data has taken what was printed; for output of any length. */
  drained(): Promise<void>;
  /** Says something to the person; silent under `--quiet`. */
  say(line: string): void;
  /** Puts a line in the place of the one that was said for now before, or takes it away; only on a terminal. */
  sayForNow(line: string): void;
  /** Whether what is said goes to a terminal. */
  readonly isTalkTerminal: boolean;
  /** For what is printed: plain text where standard output takes no colours. */
  readonly paint: Paint;
  /** For what is said. */
  readonly paintTalk: Paint;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  /** Resolves to the answer; rejects with `cancelled`. */
  ask(question: string): Promise<boolean>;
  /** The typed text, which is not shown, or the whole of standard input without its last line feed. */
  readSecret(question: string, bytesMax: number): Promise<string>;
};

const COLUMNS_WITHOUT_TERMINAL = 100;
const START_OF_EMPTY_LINE = '\r\u001b[2K';

export function createTerminal(streams: TerminalStreams, environment: Environment, globals: GlobalOptions): Terminal {
  const { stdin, stdout, stderr } = streams;
  const isTerminal = stdout.isTTY === true;
  const isInteractive = !globals.noInput && stdin.isTTY === true && stderr.isTTY === true;
  return {
    print: (text) => {
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
    say: (line) => {
      if (!globals.quiet) stderr.write(`${line}\n`);
    },
    sayForNow: (line) => {
      if (!globals.quiet && stderr.isTTY === true) stderr.write(`${START_OF_EMPTY_LINE}${line}`);
    },
    isTalkTerminal: stderr.isTTY === true,
    paint: painter(wantsColour(environment, isTerminal, globals)),
    paintTalk: painter(wantsColour(environment, stderr.isTTY === true, globals)),
    isTerminal,
    columns: stdout.columns ?? COLUMNS_WITHOUT_TERMINAL,
    isInteractive,
    async ask(question) {
      const { confirm, isCancel } = await import('@clack/prompts');
      const answer = await confirm({ message: question, initialValue: false, input: stdin, output: stderr });
      if (isCancel(answer)) throw cancelled();
      return answer;
    },
    async readSecret(question, bytesMax) {
      if (!isInteractive) return readAll(stdin, bytesMax);
      const { password, isCancel } = await import('@clack/prompts');
      const answer = await password({ message: question, input: stdin, output: stderr });
      if (isCancel(answer)) throw cancelled();
      return answer;
    },
  };
}

/** Flags first, then https://force-color.org, https://no-color.org and TERM=dumb, then whether it is a terminal. */
export function wantsColour(environment: Environment, isTerminal: boolean, globals: GlobalOptions): boolean {
  if (globals.noColor) return false;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false;
  return isTerminal && environment.TERM !== 'dumb';
}

function painter(isColoured: boolean): Paint {
  return isColoured ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

async function readAll(stdin: TerminalStreams['stdin'], bytesMax: number): Promise<string> {
  if (stdin.isTTY === true) {
    throw new OperatingError('invalid_input', 'input_required', 'the value must come from standard input', {
      remedy: 'pipe it in, for example: pass show key | systemprompt ..., or leave --no-input out',
    });
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > bytesMax) {
      throw new OperatingError('too_large', 'input_too_large', `standard input holds more than ${bytesMax} bytes`);
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

function cancelled(): OperatingError {
  return new OperatingError('cancelled', 'cancelled', 'nothing was changed');
}
