import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { watchSignals } from './watch-signals.ts';

/** A process of ours below `parent`, and how often it was asked to stop. */
function watched(env: Readonly<Record<string, string>> = {}) {
  const clock = createManualClock();
  const host = Object.assign(new EventEmitter(), { ppid: 7, env });
  let stops = 0;
  const { stopRequested, onReloadRequested } = watchSignals(host, clock);
  void stopRequested.then(() => stops++);
  return { clock, host, onReloadRequested, stops: () => Promise.resolve().then(() => stops) };
}

describe('signals to the server', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s asks to stop, and its echo changes nothing', async (signal) => {
    const { host, stops } = watched();
    expect(await stops()).toBe(0);
    host.emit(signal);
    host.emit(signal);
    expect(host.listenerCount(signal)).toBe(1);
    expect(await stops()).toBe(1);
  });

  it('leave a second press of Ctrl-C its usual effect, and SIGTERM none', () => {
    const { host, clock } = watched();
    host.emit('SIGINT');
    clock.advance(1_000);
    expect(host.listenerCount('SIGINT')).toBe(0);
    expect(host.listenerCount('SIGTERM')).toBe(1);
  });

  it('SIGHUP reads the configuration anew, each time', async () => {
    const { host, onReloadRequested, stops } = watched();
    let reloads = 0;
    onReloadRequested(() => reloads++);
    host.emit('SIGHUP');
    host.emit('SIGHUP');
    expect(reloads).toBe(2);
    expect(await stops()).toBe(0);
  });
});

describe('the end of the shell between npm and the server', () => {
  it('asks to stop', async () => {
    const { host, clock, stops } = watched({ npm_lifecycle_event: 'start' });
    clock.advance(10_000);
    expect(await stops()).toBe(0);
    host.ppid = 1;
    clock.advance(250);
    expect(await stops()).toBe(1);
  });

  it('means nothing to a server that npm did not start', async () => {
    const { host, clock, stops } = watched();
    host.ppid = 1;
    clock.advance(10_000);
    expect(await stops()).toBe(0);
  });
});
