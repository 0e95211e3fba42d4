import { describe, expect, it } from 'vitest';
import { createCalendar } from './calendar.ts';
import type { CalendarUnit } from './config.ts';

function period(unit: CalendarUnit, timeZone: string, at: string): string {
  const { startMs, endMs } = createCalendar().periodOf(unit, timeZone, Date.parse(at));
  return `${new Date(startMs).toISOString()} ${(endMs - startMs) / 3_600_000} h`;
}

describe('the calendar', () => {
  it.each<[CalendarUnit, string, string, string]>([
    ['day', 'UTC', '2026-05-06T12:34:56.789Z', '2026-05-06T00:00:00.000Z 24 h'],
    ['day', 'Europe/Zagreb', '2026-05-05T22:00:00Z', '2026-05-05T22:00:00.000Z 24 h'],
    ['day', 'Europe/Zagreb', '2026-05-05T21:59:59.999Z', '2026-05-04T22:00:00.000Z 24 h'],
    ['hour', 'Asia/Kolkata', '2026-05-06T12:34:56.789Z', '2026-05-06T12:30:00.000Z 1 h'],
    ['week', 'UTC', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00.000Z 168 h'],
    ['week', 'UTC', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00.000Z 168 h'],
    ['month', 'UTC', '2028-02-29T10:00:00Z', '2028-02-01T00:00:00.000Z 696 h'],
    ['month', 'America/New_York', '2026-01-01T04:59:59Z', '2025-12-01T05:00:00.000Z 744 h'],
  ])('has the %s of %s at %s', (unit, timeZone, at, expected) => {
    expect(period(unit, timeZone, at)).toBe(expected);
  });

  it.each([
    ['the spring day of 23 hours', 'Europe/Zagreb', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z 23 h'],
    ['the autumn day of 25 hours', 'Europe/Zagreb', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z 25 h'],
    ['a day without its midnight', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00.000Z 23 h'],
    ['a day with two midnights', 'America/Havana', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00.000Z 25 h'],
  ])('knows %s', (_, timeZone, at, expected) => {
    expect(period('day', timeZone, at)).toBe(expected);
  });

  it('makes two hours of the one that the wall clock shows twice', () => {
    expect(period('hour', 'Europe/Zagreb', '2026-10-25T00:30:00Z')).toBe('2026-10-25T00:00:00.000Z 1 h');
    expect(period('hour', 'Europe/Zagreb', '2026-10-25T01:30:00Z')).toBe('2026-10-25T01:00:00.000Z 1 h');
  });

  it('leaves no gap and no overlap through a year with both changes', () => {
    const calendar = createCalendar();
    let atMs = Date.parse('2026-01-01T00:00:00Z');
    for (let day = 0; day < 400; day++) {
      const { startMs, endMs } = calendar.periodOf('day', 'America/Santiago', atMs);
      expect(calendar.periodOf('day', 'America/Santiago', endMs - 1)).toEqual({ startMs, endMs });
      expect(calendar.periodOf('day', 'America/Santiago', endMs).startMs).toBe(endMs);
      atMs = endMs;
    }
  });
});
