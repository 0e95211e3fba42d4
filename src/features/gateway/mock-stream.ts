import type { MockBlock, MockMessage } from './mock-answer.ts';

/** The events of a streamed message, each as it goes over the wire. */
export function streamEvents(message: MockMessage): readonly string[] {
  const { usage } = message;
  return [
    event({
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    }),
    event({ type: 'ping' }),
    ...message.content.flatMap(blockEvents),
    event({
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    event({ type: 'message_stop' }),
  ];
}

function blockEvents(block: MockBlock, index: number): readonly string[] {
  const start = block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
  return [
    event({ type: 'content_block_start', index, content_block: start }),
    ...deltasOf(block).map((delta) => event({ type: 'content_block_delta', index, delta })),
    event({ type: 'content_block_stop', index }),
  ];
}

function deltasOf(block: MockBlock): readonly object[] {
  if (block.type === 'text') {
    const pieces = block.text.match(/\s*\S+|\s+$/g) ?? [];
    return pieces.map((text) => ({ type: 'text_delta', text }));
  }
  const json = JSON.stringify(block.input);
  const middle = Math.ceil(json.length / 2);
  return [json.slice(0, middle), json.slice(middle)].map((partial_json) => ({
    type: 'input_json_delta',
    partial_json,
  }));
}

function event(data: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
