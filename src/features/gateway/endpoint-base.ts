export type UpstreamAddress = { readonly origin: string; readonly path: string };

/**
 * The address of an Anthropic operation below an endpoint base: `https://host/v1` gets `/messages`,
 * `https://host/anthropic`, which names no version, gets `/v1/messages`.
 */
export function anthropicAddress(endpoint: string, operation: string): UpstreamAddress {
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  const versioned = /\/v\d+[a-z0-9]*$/.test(base) ? base : `${base}/v1`;
  return { origin: url.origin, path: `${versioned}/${operation}` };
}
