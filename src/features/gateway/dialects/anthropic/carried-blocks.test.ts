import { describe, expect, it } from 'vitest';
import { carriedPlaces } from './carried-blocks.ts';

describe('what the gateway put into answers', () => {
  it('is found in a conversation that comes back', () => {
    const made = { type: 'web_search_result_location', url: 'https://example.com', encrypted_index: '' };
    const body = {
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'x', citations: [made] }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'a', signature: 'c2ln' },
            { type: 'thinking', thinking: 'b', signature: 'sp1.openai-responses.hidden.cnNfMQ.ZW5j' },
            { type: 'redacted_thinking', data: 'sp1.gemini.signature..Z2Vt' },
            { type: 'text', text: 'c', citations: [made] },
            { type: 'text', text: 'd', citations: [{ ...made, encrypted_index: 'RW5j' }] },
            { type: 'text', text: 'e', citations: null },
          ],
        },
        { role: 'assistant', content: 'f' },
        7,
      ],
    };
    expect(carriedPlaces(body)).toEqual([
      ['messages', 1, 'content', 1],
      ['messages', 1, 'content', 2],
      ['messages', 1, 'content', 3, 'citations'],
    ]);
    expect(carriedPlaces({ messages: 'none' })).toEqual([]);
  });
});
