import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { createProgress } from './progress.ts';
import type { Terminal } from './terminal.ts';

function told(isTalkTerminal: boolean) {
  const said: string[] = [];
  const forNow: string[] = [];
  const terminal: Terminal = {
    ...unused,
    isTalkTerminal,
    say: (line) => said.push(line),
    sayForNow: (line) => forNow.push(line),
  };
  const clock = createManualClock();
  return { said, forNow, clock, progress: createProgress('verified', 'records', terminal, clock) };
}

const unused: Terminal = {
  print: () => expect.unreachable(),
  drained: () => expect.unreachable(),
  say: () => expect.unreachable(),
  sayForNow: () => expect.unreachable(),
  paint: (_, text) => text,
  paintTalk: (_, text) => text,
  isTerminal: false,
  isTalkTerminal: false,
  columns: 80,
  isInteractive: false,
  ask: () => expect.unreachable(),
  readSecret: () => expect.unreachable(),
};

describe('progress', () => {
  it('says nothing of work that is short', () => {
    const { said, forNow, clock, progress } = told(true);
    clock.advance(900);
    progress.advance(5_000);
    progress.end();
    expect([said, forNow]).toEqual([[], []]);
  });

  it('is one line that changes on a terminal, and is gone at the end', () => {
    const { said, forNow, clock, progress } = told(true);
    for (let second = 0; second < 2; second++) {
      clock.advance(1_000);
      progress.advance(60_000);
      progress.advance(1);
    }
    progress.end();
    expect(said).toEqual([]);
    expect(forNow).toEqual(['verified 60,000 records, 1 s', 'verified 120,001 records, 2 s', '']);
  });

  it('is a plain line every ten seconds elsewhere', () => {
    const { said, forNow, clock, progress } = told(false);
    for (let second = 0; second < 25; second++) {
      clock.advance(1_000);
      progress.advance(100);
    }
    progress.end();
    expect(forNow).toEqual([]);
    expect(said).toEqual(['verified 1,000 records, 10 s', 'verified 2,000 records, 20 s']);
  });
});
