import type { CalendarUnit } from './config.ts';

/** From `startMs` until just before `endMs`, in milliseconds since the Unix epoch. */
export type Period = { readonly startMs: number; readonly endMs: number };

/** Hours, days, weeks and months as the clocks on the wall of a time zone show them. */
export type Calendar = { periodOf(unit: CalendarUnit, timeZone: string, atMs: number): Period };

/** A wall clock's time, as milliseconds since the epoch of a clock that knows no zones. */
type WallMs = number;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MONDAY = 1;

export function createCalendar(): Calendar {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const latest = new Map<string, Period>();

  function formatOf(timeZone: string): Intl.DateTimeFormat {
    const known = formats.get(timeZone);
    if (known !== undefined) return known;
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, made);
    return made;
  }

  function wallAt(atMs: number, timeZone: string): WallMs {
    const parts = new Map(
      formatOf(timeZone)
        .formatToParts(atMs)
        .map(({ type, value }) => [type, Number(value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const seconds = Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
    );
    return seconds + (((atMs % 1_000) + 1_000) % 1_000);
  }

  /** The first instant at which the wall clock shows `wall` or, where it skips that, something later. */
  function firstInstantOf(wall: WallMs, timeZone: string): number {
    const offsets = [wall - DAY_MS, wall + DAY_MS].map((atMs) => wallAt(atMs, timeZone) - atMs);
    const instants = offsets.map((offset) => wall - offset).sort((left, right) => left - right);
    const shown = instants.find((atMs) => wallAt(atMs, timeZone) === wall);
    if (shown !== undefined) return shown;
    let [before = wall, after = wall] = instants;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (wallAt(middle, timeZone) < wall) before = middle;
      else after = middle;
    }
    return after;
  }

  function compute(unit: CalendarUnit, timeZone: string, atMs: number): Period {
    const wall = wallAt(atMs, timeZone);
    if (unit === 'hour') {
      // An hour that the wall clock shows twice is two hours.
      const startMs = atMs - (((wall % HOUR_MS) + HOUR_MS) % HOUR_MS);
      return { startMs, endMs: startMs + HOUR_MS };
    }
    const [start, end] = wallBounds(unit, wall);
    return { startMs: firstInstantOf(start, timeZone), endMs: firstInstantOf(end, timeZone) };
  }

  return {
    periodOf(unit, timeZone, atMs) {
      const name = `${unit} ${timeZone}`;
      const known = latest.get(name);
      if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known;
      const period = compute(unit, timeZone, atMs);
      latest.set(name, period);
      return period;
    },
  };
}

function wallBounds(unit: 'day' | 'week' | 'month', wall: WallMs): readonly [WallMs, WallMs] {
  const date = new Date(wall);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (unit === 'month') return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
  const sinceMonday = unit === 'week' ? (date.getUTCDay() + 7 - MONDAY) % 7 : 0;
  const start = Date.UTC(year, month, day - sinceMonday);
  return [start, start + (unit === 'week' ? 7 : 1) * DAY_MS];
}
