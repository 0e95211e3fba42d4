// A streamed conversation with a tool call, by the official SDK, through whatever ANTHROPIC_BASE_URL names.
import Anthropic from '@anthropic-ai/sdk';

const { ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN } = process.env;
if (!ANTHROPIC_BASE_URL || !ANTHROPIC_AUTH_TOKEN) {
  console.error(
    'error: put the line that npm start printed before this command: ANTHROPIC_BASE_URL=... ANTHROPIC_AUTH_TOKEN=...',
  );
  process.exit(2);
}

const client = new Anthropic({ apiKey: null });
const tools = [
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
const messages = [{ role: 'user', content: 'Use tool get_weather for Lisbon.' }];

try {
  for (let turn = 0; turn < 4; turn++) {
    const calls = await converse();
    if (calls.length === 0) break;
    messages.push({
      role: 'user',
      content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 24 °C' })),
    });
  }
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}

/** One request and its streamed answer; the tool calls that the model asks for. */
async function converse() {
  const stream = client.messages.stream({ model: 'claude-sonnet-5-5', max_tokens: 500, tools, messages });
  stream.on('text', (text) => process.stdout.write(text));
  const { response } = await stream.withResponse();
  const message = await stream.finalMessage();
  messages.push({ role: 'assistant', content: message.content });
  const calls = message.content.filter((block) => block.type === 'tool_use');
  for (const call of calls) process.stdout.write(`tool call ${call.name} ${JSON.stringify(call.input)} (${call.id})`);
  console.log(`\n  recorded as ${response.headers.get('x-systemprompt-request-id')}`);
  return calls;
}
