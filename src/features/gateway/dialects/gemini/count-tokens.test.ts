import { describe, expect, it } from 'vitest';
import { readCountedTokens, readCountTokens, writeCountTokens } from './count-tokens.ts';

const address = { model: 'gemini-2.5-pro', isStreaming: false };
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];

describe('counting tokens for a client of Gemini', () => {
  it('takes bare contents', () => {
    const { outline, counted } = readCountTokens({ contents }, address);
    expect(counted).toEqual({ contents });
    expect(outline.turns).toEqual([{ role: 'user', path: ['contents', 0, 'parts'], content: contents[0]?.parts }]);
  });

  it('takes a whole request, with the places of the body that was sent', () => {
    const request = { contents, systemInstruction: { parts: [{ text: 'Be short' }] }, tools: [] };
    for (const name of ['generateContentRequest', 'generate_content_request']) {
      const { outline, counted } = readCountTokens({ [name]: request }, address);
      expect(counted).toBe(request);
      expect(outline.turns.map((turn) => turn.path)).toEqual([
        [name, 'systemInstruction'],
        [name, 'contents', 0, 'parts'],
      ]);
    }
  });

  it('refuses what holds nothing to count, and says where', () => {
    expect(() => readCountTokens({}, address)).toThrow(/^contents: /);
    expect(() => readCountTokens({ generateContentRequest: [] }, address)).toThrow(/^generateContentRequest: /);
  });

  it('answers with the total, and reads no count where there is none', () => {
    expect(writeCountTokens(31)).toEqual({ totalTokens: 31 });
    expect([{ totalTokens: 31 }, { totalTokens: -1 }, {}, null, '<html>'].map(readCountedTokens)).toEqual([
      31,
      null,
      null,
      null,
      null,
    ]);
  });
});
