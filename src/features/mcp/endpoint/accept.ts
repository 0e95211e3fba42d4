import type { IncomingHttpHeaders } from 'node:http';

/** The two forms in which an answer may come, as far as the client takes them. */
export type Accepted = { readonly json: boolean; readonly events: boolean };

/** A client that sends no `Accept` takes anything (RFC 9110 section 12.5.1). */
export function acceptedForms(headers: IncomingHttpHeaders): Accepted {
  const ranges = (headers.accept ?? '*/*').split(',').map(essenceOf);
  const takes = (type: string, group: string) => ranges.some((range) => [type, group, '*/*'].includes(range));
  return { json: takes('application/json', 'application/*'), events: takes('text/event-stream', 'text/*') };
}

export function isJsonBody(headers: IncomingHttpHeaders): boolean {
  return essenceOf(headers['content-type'] ?? '') === 'application/json';
}

function essenceOf(mediaType: string): string {
  return mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
}
