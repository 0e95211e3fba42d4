// A streamed conversation with a tool call, by the official SDK, through whatever ANTHROPIC_BASE_URL names.
import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic();
const tools = [
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
const messages = [{ role: 'user', content: 'Use tool get_weather for Lisbon.' }];

for (let turn = 0; turn < 4; turn++) {
  const stream = client.messages.stream({ model: 'claude-sonnet-5-5', max_tokens: 500, tools, messages });
  stream.on('text', (text) => process.stdout.write(text));
  const message = await stream.finalMessage();
  process.stdout.write('\n');
  messages.push({ role: 'assistant', content: message.content });
  const calls = message.content.filter((block) => block.type === 'tool_use');
  if (calls.length === 0) break;
  for (const call of calls) console.log(`tool call ${call.name} ${JSON.stringify(call.input)} (${call.id})`);
  messages.push({
    role: 'user',
    content: calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: 'sunny, 24 °C' })),
  });
}
