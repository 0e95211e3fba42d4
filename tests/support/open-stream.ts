/** An answer that is read piece by piece, as far as a test wants to. */
export type OpenStream = {
  readonly status: number;
  readonly headers: Headers;
  /** Reads on until `text` stands in what came; all of it so far. Rejects when the stream ends before. */
  until(text: string): Promise<string>;
  /** Reads to the end; all of it. Rejects when the connection is cut. */
  rest(): Promise<string>;
  /** Leaves. */
  leave(): void;
};

export async function openStream(url: string, init: RequestInit): Promise<OpenStream> {
  const gone = new AbortController();
  const response = await fetch(url, { ...init, signal: gone.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  async function next(): Promise<boolean> {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) return false;
    read += piece.value;
    return true;
  }
  return {
    status: response.status,
    headers: response.headers,
    async until(text) {
      while (!read.includes(text)) {
        if (!(await next())) throw new Error(`the stream ended before ${JSON.stringify(text)} came:\n${read}`);
      }
      return read;
    },
    async rest() {
      while (await next());
      return read;
    },
    leave: () => gone.abort(),
  };
}
