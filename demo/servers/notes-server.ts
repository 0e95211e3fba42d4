/**
 * A small MCP server over standard input and output: notes in one file of its own home directory. It has no
 * dependencies, so that the first run needs nothing but this repository.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Json = Record<string, unknown>;
type Tool = {
  readonly description: string;
  readonly inputSchema: Json;
  readonly annotations: Json;
  run(args: Json): string;
};

const NOTES_MAX = 1_000;
const NOTE_CHARACTERS_MAX = 10_000;
const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const notesFile = join(process.env.HOME ?? '.', 'notes.json');

const title = { type: 'string', description: 'Title of the note.' };
const text = { type: 'string', description: 'Text of the note.' };

const TOOLS: Readonly<Record<string, Tool>> = {
  list_notes: {
    description: 'Lists the titles of all notes.',
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: true },
    run: () => [...readNotes().keys()].join('\n') || 'There are no notes.',
  },
  read_note: {
    description: 'Reads one note.',
    inputSchema: { type: 'object', properties: { title }, required: ['title'] },
    annotations: { readOnlyHint: true },
    run(args) {
      const found = readNotes().get(textArgument(args, 'title'));
      if (found === undefined) throw new Error('There is no note with this title.');
      return found;
    },
  },
  add_note: {
    description: 'Adds a note, or replaces the one with the same title.',
    inputSchema: { type: 'object', properties: { title, text }, required: ['title', 'text'] },
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    run(args) {
      const notes = readNotes();
      notes.set(textArgument(args, 'title'), textArgument(args, 'text'));
      if (notes.size > NOTES_MAX) throw new Error(`There may be at most ${NOTES_MAX} notes.`);
      writeNotes(notes);
      return 'Added.';
    },
  },
  delete_note: {
    description: 'Deletes one note.',
    inputSchema: { type: 'object', properties: { title }, required: ['title'] },
    annotations: { readOnlyHint: false, destructiveHint: true },
    run(args) {
      const notes = readNotes();
      if (!notes.delete(textArgument(args, 'title'))) throw new Error('There is no note with this title.');
      writeNotes(notes);
      return 'Deleted.';
    },
  },
  whoami_env: {
    description: 'Lists the names of the environment variables that this server can see, never their values.',
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: true },
    run: () => Object.keys(process.env).sort().join('\n'),
  },
};

function readNotes(): Map<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(notesFile, 'utf8'))));
  } catch {
    return new Map();
  }
}

function writeNotes(notes: Map<string, string>): void {
  writeFileSync(notesFile, JSON.stringify(Object.fromEntries(notes)), { mode: 0o600 });
}

function textArgument(args: Json, name: string): string {
  const value = args[name];
  if (typeof value !== 'string' || value === '' || value.length > NOTE_CHARACTERS_MAX) {
    throw new Error(`${name} must be text of 1 to ${NOTE_CHARACTERS_MAX} characters.`);
  }
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function initialize(params: Json): Json {
  const asked = String(params.protocolVersion);
  return {
    protocolVersion: REVISIONS.includes(asked) ? asked : REVISIONS[0],
    capabilities: { tools: {} },
    serverInfo: { name: 'notes', version: '1.0.0' },
  };
}

function listTools(): Json {
  const tools = Object.entries(TOOLS).map(([name, { description, inputSchema, annotations }]) => {
    return { name, description, inputSchema, annotations };
  });
  return { tools };
}

/** A tool's own failure is a result that the model reads, so that it can mend its call. */
function callTool(tool: Tool, args: unknown): Json {
  try {
    return { content: [{ type: 'text', text: tool.run(isObject(args) ? args : {}) }] };
  } catch (error) {
    return { content: [{ type: 'text', text: error instanceof Error ? error.message : String(error) }], isError: true };
  }
}

function answer(method: unknown, params: Json): Json {
  if (method === 'initialize') return { result: initialize(params) };
  if (method === 'ping') return { result: {} };
  if (method === 'tools/list') return { result: listTools() };
  if (method !== 'tools/call') return { error: { code: -32601, message: `Method not found: ${method}` } };
  const name = String(params.name);
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined) return { error: { code: -32602, message: `Unknown tool: ${name}` } };
  return { result: callTool(tool, params.arguments) };
}

for await (const line of createInterface({ input: process.stdin })) {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    process.stderr.write('a line that is not JSON was passed over\n');
    continue;
  }
  if (!isObject(message) || message.id === undefined || message.method === undefined) continue;
  const reply = {
    jsonrpc: '2.0',
    id: message.id,
    ...answer(message.method, isObject(message.params) ? message.params : {}),
  };
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
