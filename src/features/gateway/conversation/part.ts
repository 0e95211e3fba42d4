import type { JsonValue } from '#foundation/json';
import type { Wire } from '../config.ts';

/** What the client said, and where in its body it said so: `top_p`, `messages[3].content[0].cache_control`. */
export type Stated<Value> = { readonly value: Value; readonly at: string };

/** The prompt cache may keep everything up to here. */
export type CacheMarker = Stated<{ readonly ttl: '5m' | '1h' }>;

export type MediaSource =
  /** Base64 without line breaks. `mediaType` as the client named it, in lower case, such as `image/png`. */
  | { readonly kind: 'inline'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType: string | null }
  /** A file that the client has put with one provider; means nothing to another. */
  | { readonly kind: 'file'; readonly dialect: Wire; readonly id: string };

export type TextPart = {
  readonly type: 'text';
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly cache: CacheMarker | null;
  readonly at: string;
};

/** Where a statement comes from; `quote` is null where only a place is told. */
export type Citation = {
  readonly kind: 'web' | 'document';
  readonly url: string | null;
  readonly title: string | null;
  readonly quote: string | null;
  /** Which characters of the text it stands for, in UTF-16 units; null for the whole part. */
  readonly span: { readonly start: number; readonly end: number } | null;
  /** The citation as its own dialect has it, for the way back. */
  readonly native: { readonly dialect: Wire; readonly value: JsonValue } | null;
};

export type ImagePart = {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly detail: Stated<'low' | 'high' | 'auto' | 'original'> | null;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

export type DocumentPart = {
  readonly type: 'document';
  readonly source: MediaSource | { readonly kind: 'text'; readonly text: string };
  readonly title: string | null;
  readonly context: Stated<string> | null;
  /** The client wants the answer to cite it. */
  readonly wantsCitations: Stated<true> | null;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

export type AudioPart = {
  readonly type: 'audio';
  readonly base64: string;
  readonly mediaType: string;
  readonly at: string;
};

/** The model asks for a function of the client's. */
export type ToolCallPart = {
  readonly type: 'tool_call';
  readonly id: string;
  /** As the client knows the tool. */
  readonly name: string;
  /** JSON text of the arguments, never parsed and printed without need; what is not JSON stays as it came. `{}` for none. */
  readonly argumentsText: string;
  /** What the provider gave along and wants back with this very call, such as Gemini's thought signature. */
  readonly proof: ReasoningProof | null;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

export type ToolResultPart = {
  readonly type: 'tool_result';
  readonly callId: string;
  /** The tool, where the dialect tells; found by the call's id otherwise. */
  readonly name: string | null;
  readonly content: readonly (TextPart | ImagePart | DocumentPart | AudioPart)[];
  readonly isError: boolean;
  readonly cache: CacheMarker | null;
  readonly at: string;
};

/** The model's thinking. `text` is empty where the provider keeps it to itself and gives only the proof. */
export type ReasoningPart = {
  readonly type: 'reasoning';
  readonly text: string;
  /** Without it no provider takes the thinking back as its own. */
  readonly proof: ReasoningProof | null;
  readonly at: string;
};

/** Opaque to everybody but the provider that made it. */
export type ReasoningProof = {
  readonly dialect: Wire;
  /** `signature`: belongs to visible text. `hidden`: holds the thinking itself, encrypted. */
  readonly kind: 'signature' | 'hidden';
  readonly value: string;
  /** The provider's own id of the reasoning item, where it has one. */
  readonly id: string | null;
};

/** The model declines, in words. */
export type RefusalPart = { readonly type: 'refusal'; readonly text: string; readonly at: string };

/** A part that only its own dialect knows, such as a call of a tool that the provider runs. */
export type NativePart = {
  readonly type: 'native';
  readonly dialect: Wire;
  /** Its name there: `server_tool_use`, `web_search_call`, `executableCode`. */
  readonly kind: string;
  readonly value: JsonValue;
  readonly at: string;
};

export type Part =
  | TextPart
  | ImagePart
  | DocumentPart
  | AudioPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | RefusalPart
  | NativePart;
