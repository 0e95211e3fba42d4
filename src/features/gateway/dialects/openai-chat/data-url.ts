export type InlineData = { readonly mediaType: string; readonly base64: string };

/** `data:image/png;base64,...`; undefined for any other address. The data may be large, so it is not matched. */
export function readDataUrl(url: string): InlineData | undefined {
  if (!/^data:/i.test(url.slice(0, 5))) return undefined;
  const comma = url.indexOf(',');
  if (comma === -1) return undefined;
  const [mediaType = '', ...parameters] = url.slice('data:'.length, comma).toLowerCase().split(';');
  const data = url.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return {
    mediaType: mediaType === '' ? 'text/plain' : mediaType,
    base64: isBase64 ? withoutLineBreaks(data) : Buffer.from(decoded(data)).toString('base64'),
  };
}

export function dataUrl({ mediaType, base64 }: InlineData): string {
  return `data:${mediaType};base64,${base64}`;
}

export function withoutLineBreaks(base64: string): string {
  return /\s/.test(base64) ? base64.replace(/\s+/g, '') : base64;
}

function decoded(data: string): string {
  try {
    return decodeURIComponent(data);
  } catch {
    return data;
  }
}
