import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type Launched = {
  readonly child: ChildProcess;
  /** Resolves once `text` has been written to either stream; rejects when the process ends first. */
  says(text: string): Promise<void>;
  ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly output: string }>;
};

export function launch(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Launched {
  const child = spawn(process.execPath, [...args], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      for (const listener of listeners) listener();
    });
  }
  const closed = once(child, 'close');
  return {
    child,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        closed.then(() => reject(new Error(`ended without saying ${JSON.stringify(text)}: ${output}`)));
      }),
    async ended() {
      const [code, signal] = await closed;
      return { code, signal, output };
    },
  };
}
