import type { JsonObject } from '#foundation/json';
import { awaitRecords } from './await-records.ts';
import { type CallStory, type NamedCalls, readCallStories } from './call-story-store.ts';
import type { CommandContext } from './context.ts';
import { itemOf, type Output } from './output.ts';
import { renderStory } from './render-story.ts';

type Context = Pick<CommandContext<unknown, unknown>, 'services' | 'terminal'>;

/** Every call that the id names, as stories for people and as rows for programs. */
export async function showStories(context: Context, idOrPrefix: string, isFull: boolean): Promise<Output> {
  await awaitRecords(context);
  const named = await readCallStories(await context.services.database(), idOrPrefix);
  const { paint } = context.terminal;
  const texts = named.stories.map((story) => renderStory(story, { paint, isFull }));
  if (named.isCut) context.terminal.say(`only the first ${named.stories.length} calls are shown`);
  return itemOf(viewOf(named, isFull), [...texts, ...totalOf(named)].join('\n\n'));
}

function viewOf({ kind, id, stories }: NamedCalls, isFull: boolean): JsonObject {
  return { kind, id, calls: stories.map((story) => storyView(story, isFull)) };
}

const CONTENT_COLUMNS: ReadonlySet<string> = new Set(['tool_input', 'tool_output']);

function storyView({ call, email, messages, toolCalls, payload, events }: CallStory, isFull: boolean): JsonObject {
  const columns = Object.entries(call).filter(([column]) => isFull || !CONTENT_COLUMNS.has(column));
  const summary = toolCalls.map(({ tool_use_id, tool_name }) => ({ tool_use_id, tool_name }));
  return {
    ...Object.fromEntries(columns),
    email,
    tool_calls: isFull ? toolCalls : summary,
    events: isFull ? events : events.map(({ hook_event_name, created_at }) => ({ hook_event_name, created_at })),
    ...(isFull ? { messages, payload } : {}),
  };
}

/** One line over several calls; a single call has said it all. */
function totalOf({ kind, id, stories }: NamedCalls): readonly string[] {
  if (stories.length < 2) return [];
  const count = (decision: string) => stories.filter(({ call }) => call.decision === decision).length;
  return [
    `${kind} ${id}: ${stories.length} calls, ${count('allow')} allowed, ${count('deny')} denied, ${count('ask')} asked`,
  ];
}
