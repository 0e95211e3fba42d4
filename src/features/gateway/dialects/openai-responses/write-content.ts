import type { Losses } from '#features/gateway/conversation/losses';
import type { CacheMarker, Part, TextPart, ToolResultPart } from '#features/gateway/conversation/part';
import type { JsonObject, JsonValue } from '#foundation/json';
import type { ModelTraits } from './model-traits.ts';
import { writeAudio, writeDocument, writeImage } from './write-media.ts';

/** Parts of what a user or the system says towards an upstream, and results of tools. */
export type ContentWriter = {
  parts(parts: readonly Part[]): readonly JsonObject[];
  /** Of a `function_call_output`. */
  output(result: ToolResultPart): JsonValue;
};

/** This API has no word for a tool that failed, so the result says so itself. */
const ERROR_PREFIX = 'Error: ';

export function createContentWriter(traits: ModelTraits, losses: Losses): ContentWriter {
  function part(value: Part): readonly JsonObject[] {
    switch (value.type) {
      case 'text':
        return text(value);
      case 'image':
        return [{ ...writeImage(value), ...breakpoint(value.cache) }];
      case 'document':
        return [{ ...writeDocument(value, losses), ...breakpoint(value.cache) }];
      case 'audio':
        return [writeAudio(value)];
      case 'refusal':
        losses.change(value.at);
        return value.text === '' ? [] : [{ type: 'input_text', text: value.text }];
      default:
        losses.drop(value.at);
        return [];
    }
  }

  function text(value: TextPart): readonly JsonObject[] {
    if (value.citations.length > 0) losses.drop(`${value.at}.citations`);
    if (value.text !== '') return [{ type: 'input_text', text: value.text, ...breakpoint(value.cache) }];
    if (value.cache !== null) losses.drop(value.cache.at);
    return [];
  }

  function breakpoint(cache: CacheMarker | null): JsonObject {
    if (cache === null) return {};
    if (!traits.takesBreakpoints) {
      losses.drop(cache.at);
      return {};
    }
    if (cache.value.ttl === '5m') return { prompt_cache_breakpoint: { mode: 'explicit' } };
    // The shorter of the two lifetimes here, which is the default, would not cover an hour.
    losses.change(cache.at);
    return { prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } };
  }

  function failed(content: ToolResultPart['content'], at: string): ToolResultPart['content'] {
    losses.change(at);
    const [first, ...others] = content;
    if (first?.type === 'text') return [{ ...first, text: `${ERROR_PREFIX}${first.text}` }, ...others];
    return [{ type: 'text', text: `${ERROR_PREFIX}the tool failed`, citations: [], cache: null, at }, ...content];
  }

  return {
    parts: (parts) => parts.flatMap(part),
    output({ content, isError, cache, at }) {
      if (cache !== null) losses.drop(cache.at);
      const said = isError ? failed(content, at) : content;
      const [only, ...others] = said;
      if (only === undefined) return '';
      const isPlain = only.type === 'text' && only.cache === null && only.citations.length === 0;
      return isPlain && others.length === 0 ? only.text : said.flatMap(part);
    },
  };
}
