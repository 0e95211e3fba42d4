import { OperatingError } from '#foundation/errors';
import { isJsonObject, type JsonObject } from '#foundation/json';
import { formatMicrodollars } from '#foundation/money';
import { createAuditStore } from '#governance/audit/audit-store';
import { type AuditStory, findStory, type StoryStep } from '#governance/audit/audit-story';
import { awaitRecords } from './await-records.ts';
import type { CommandContext } from './context.ts';
import { valueToJson } from './database-inspection-store.ts';
import { itemOf, type Output } from './output.ts';
import { renderEvents, renderStep } from './render-story.ts';
import type { CliServices } from './services.ts';

type Context = Pick<CommandContext<unknown, unknown>, 'services' | 'terminal'>;

/** Everything that the id names: as a story for people, as rows for programs. */
export async function showStory(context: Context, idOrPrefix: string, isFull: boolean): Promise<Output> {
  await awaitRecords(context);
  const story = await findStory(createAuditStore(await context.services.database()), idOrPrefix);
  const emails = await emailsOf(context.services, story);
  const style = { paint: context.terminal.paint, isFull, emailOf: (userId: string) => emails.get(userId) };
  const parts = [
    ...story.steps.map((step) => renderStep(step, style)),
    ...[renderEvents(story.usage_events, isFull).join('\n')].filter(Boolean),
    ...totals(story),
  ];
  return itemOf(viewOf(story, emails, isFull), parts.join('\n\n'));
}

/** The addresses of those who still are; who is gone is known by the id alone. */
async function emailsOf(services: CliServices, { steps }: AuditStory): Promise<ReadonlyMap<string, string>> {
  const identity = await services.identity();
  const emails = new Map<string, string>();
  for (const userId of new Set(steps.map((step) => step.decision.user_id))) {
    try {
      const { email } = await identity.findUser(userId);
      if (email !== null) emails.set(userId, email);
    } catch (error) {
      if (!(error instanceof OperatingError && error.kind === 'not_found')) throw error;
    }
  }
  return emails;
}

function viewOf(
  { found, steps, usage_events: events, totals: sums }: AuditStory,
  emails: ReadonlyMap<string, string>,
  isFull: boolean,
): JsonObject {
  const view = valueToJson({
    found,
    totals: sums,
    steps: steps.map((step) => ({
      email: emails.get(step.decision.user_id) ?? null,
      ...(isFull ? step : withoutContents(step)),
    })),
    usage_events: isFull ? events : events.map(({ payload: _, ...event }) => event),
  });
  return isJsonObject(view) ? view : {};
}

function withoutContents({ decision, outcome, model_request: request, tool_execution: execution }: StoryStep) {
  return {
    decision,
    outcome,
    model_request: request === null ? null : modelRequestSummary(request),
    tool_execution: execution === null ? null : toolExecutionSummary(execution),
  };
}

function modelRequestSummary(request: NonNullable<StoryStep['model_request']>) {
  const { messages: _messages, payload: _payload, tool_calls: toolCalls, ...columns } = request;
  return { ...columns, tool_calls: toolCalls.map(({ input: _, ...use }) => use) };
}

function toolExecutionSummary(execution: NonNullable<StoryStep['tool_execution']>) {
  const { input: _input, output: _output, ...columns } = execution;
  return columns;
}

/** One line over several decisions; a single one has said it all. */
function totals({ found, steps, totals: sums }: AuditStory): readonly string[] {
  if (steps.length < 2) return [];
  const tokens = `${sums.input_tokens} tokens in, ${sums.output_tokens} out`;
  const counts = `${sums.decisions} decisions, ${sums.denied} denied`;
  return [`${found.kind} ${found.value}: ${counts}, ${tokens}, ${formatMicrodollars(sums.cost_microdollars)}`];
}
