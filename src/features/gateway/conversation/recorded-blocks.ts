import type { JsonValue } from '#foundation/json';
import { parseJsonText } from '#foundation/json';
import type { StopReason } from './answer.ts';
import type { Part } from './part.ts';

/** Parts of an answer as they are recorded: in the shape of the Messages API, without media and proofs. */
export function recordedBlocks(parts: readonly Part[]): readonly JsonValue[] {
  return parts.map(recordedBlock);
}

function recordedBlock(part: Part): JsonValue {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', text: part.text };
    case 'reasoning':
      return { type: 'thinking', thinking: part.text };
    case 'tool_call':
      return { type: 'tool_use', id: part.id, name: part.name, input: parsedArguments(part.argumentsText) };
    case 'native':
      return { type: part.kind, dialect: part.dialect };
    default:
      return { type: part.type };
  }
}

/** Arguments that are not JSON are kept as the text they are: the client has received them like that too. */
function parsedArguments(text: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch {
    return text;
  }
}

/** The words of the Messages API (https://docs.anthropic.com/en/api/messages), in which stop reasons are recorded. */
export const RECORDED_STOP_REASONS: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  length: 'max_tokens',
  tool_use: 'tool_use',
  stop_sequence: 'stop_sequence',
  refusal: 'refusal',
  paused: 'pause_turn',
  context_exceeded: 'model_context_window_exceeded',
  malformed_tool_call: 'malformed_tool_call',
};
