import Table from 'cli-table3';
import { isJsonObject, type JsonObject, type JsonValue } from '#foundation/json';
import { truncate } from '#foundation/text';
import type { Output, OutputFormat } from './output.ts';
import { printable } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** Draws what a command returned in the format that was asked for; without one, as people read it. */
export async function renderOutput(
  output: Output,
  format: OutputFormat | undefined,
  terminal: Terminal,
): Promise<void> {
  switch (output.kind) {
    case 'nothing':
      return;
    case 'line':
      return terminal.print(output.line);
    case 'item':
      return terminal.print(await renderItem(output.item, output.text, format, terminal));
    case 'list': {
      const text = await renderList(output.columns, output.items, format, terminal);
      if (text !== '') terminal.print(text);
      if (output.remark !== undefined && isForPeople(format)) terminal.say(output.remark);
    }
  }
}

function isForPeople(format: OutputFormat | undefined): boolean {
  return format === undefined || format === 'table';
}

async function renderItem(
  item: JsonObject,
  text: string | undefined,
  format: OutputFormat | undefined,
  terminal: Terminal,
): Promise<string> {
  if (format === 'json') return JSON.stringify(item, undefined, 2);
  if (format === 'ndjson') return JSON.stringify(item);
  if (format === 'yaml') return renderYaml(item);
  return text ?? renderCard(item, terminal);
}

async function renderList(
  columns: readonly string[],
  items: readonly JsonObject[],
  format: OutputFormat | undefined,
  terminal: Terminal,
): Promise<string> {
  if (format === 'json') return JSON.stringify({ columns, items }, undefined, 2);
  if (format === 'ndjson') return items.map((item) => JSON.stringify(item)).join('\n');
  if (format === 'yaml') return renderYaml({ columns, items });
  if (items.length === 0) return '';
  const isDrawn = format === 'table' || terminal.isTerminal;
  return isDrawn ? drawTable(columns, items, terminal) : alignColumns(columns, items);
}

async function renderYaml(value: JsonValue): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

/** One member a line, never cut: what is shown once must be whole. */
function renderCard(item: JsonObject, terminal: Terminal): string {
  const keys = Object.keys(item).filter((key) => item[key] !== undefined);
  const width = Math.max(...keys.map((key) => key.length), 0);
  return keys.map((key) => `${terminal.paint('dim', key.padEnd(width))}  ${cellText(item[key])}`).join('\n');
}

/**
 * No lines but the header; the first column, which names the thing, and times are never cut, the others share what is
 * left.
 */
function drawTable(columns: readonly string[], items: readonly JsonObject[], terminal: Terminal): string {
  const rows = items.map((item) => columns.map((column) => shortTime(oneLine(cellText(item[column])))));
  const charactersMax = cellLimit(columns, rows, terminal.columns);
  const table = new Table({
    head: columns.map((column) => terminal.paint('bold', column)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const row of rows) {
    table.push(row.map((cell, index) => (index === 0 || isTime(cell) ? cell : truncate(cell, charactersMax))));
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

const CELL_CHARACTERS_MIN = 16;

/** The longest cell that lets the widest row fit; narrow columns leave what they do not need to the wide ones. */
function cellLimit(columns: readonly string[], rows: readonly (readonly string[])[], width: number): number {
  const wanted = columns.map((column, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    const isWhole = index === 0 || cells.some(isTime);
    return { isWhole, characters: Math.max(column.length, ...cells.map((cell) => cell.length)) };
  });
  const whole = wanted.filter(({ isWhole }) => isWhole).reduce((sum, { characters }) => sum + characters, 0);
  const others = wanted.flatMap(({ isWhole, characters }) => (isWhole ? [] : [characters]));
  let room = width - 2 * columns.length - whole;
  let left = others.length;
  for (const characters of others.toSorted((one, other) => one - other)) {
    if (characters * left > room) return Math.max(CELL_CHARACTERS_MIN, Math.floor(room / left));
    room -= characters;
    left--;
  }
  return Number.MAX_SAFE_INTEGER;
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z$/;
const SHORT_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/;

/** To the second, for a person who looks at a table; programs get it whole. */
function shortTime(text: string): string {
  return text.replace(ISO_TIME, '$1 $2Z');
}

function isTime(cell: string): boolean {
  return SHORT_TIME.test(cell);
}

/** For pipes: columns in line, two spaces apart, nothing cut, no colours. */
function alignColumns(columns: readonly string[], items: readonly JsonObject[]): string {
  const rows = [columns, ...items.map((item) => columns.map((column) => oneLine(cellText(item[column]))))];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return printable(value.join(', '));
  if (Array.isArray(value) || isJsonObject(value)) return JSON.stringify(value);
  return String(value);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
