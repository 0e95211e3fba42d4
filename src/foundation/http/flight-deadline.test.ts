import { describe, expect, it } from 'vitest';
import { createManualClock } from '#tests/support/manual-clock';
import { createDeadline, type ExceededLimit } from './flight-deadline.ts';

const LIMITS = { firstByteMs: 1_000, idleMs: 500, totalMs: 5_000 };

function watched() {
  const clock = createManualClock();
  const exceeded: [ExceededLimit, number][] = [];
  const deadline = createDeadline(LIMITS, clock, (limit) => exceeded.push([limit, clock.monotonicMs()]));
  return { clock, deadline, exceeded };
}

describe('the deadline of a flight', () => {
  it('gives up on an upstream that never begins to answer', () => {
    const { clock, exceeded } = watched();
    clock.advance(999);
    expect(exceeded).toEqual([]);
    clock.advance(1);
    expect(exceeded).toEqual([['first_byte', 1_000]]);
  });

  it('counts silence from the last piece of data', () => {
    const { clock, deadline, exceeded } = watched();
    clock.advance(100);
    deadline.headArrived();
    clock.advance(400);
    deadline.dataArrived();
    clock.advance(499);
    expect(exceeded).toEqual([]);
    clock.advance(1);
    expect(exceeded).toEqual([['idle', 1_000]]);
  });

  it('does not blame the upstream while the receiver holds it back', () => {
    const { clock, deadline, exceeded } = watched();
    deadline.headArrived();
    deadline.heldBack();
    clock.advance(4_000);
    expect(exceeded).toEqual([]);
    deadline.released();
    clock.advance(500);
    expect(exceeded).toEqual([['idle', 4_500]]);
  });

  it('ends everything at the total limit, also what is held back', () => {
    const { clock, deadline, exceeded } = watched();
    deadline.headArrived();
    deadline.heldBack();
    clock.advance(10_000);
    expect(exceeded).toEqual([['total', 5_000]]);
  });

  it('is silent once cleared', () => {
    const { clock, deadline, exceeded } = watched();
    deadline.clear();
    clock.advance(10_000);
    expect(exceeded).toEqual([]);
  });
});
