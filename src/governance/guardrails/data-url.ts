import { looksRandom } from '#governance/secret-scan/entropy';
import type { GuardContext } from './guard-rule.ts';

/** Characters in one value of a query or in a fragment that are data rather than a page number. */
const VALUE_CHARACTERS_MIN = { image: 16, link: 24 } as const;
const QUERY_CHARACTERS_MIN = 96;
const LABEL_CHARACTERS_MIN = 20;
const SEGMENT_CHARACTERS_MIN = 32;

/** Whether an address, `//host/...` included, takes data to a host that the operator does not trust with it. */
export function carriesData(address: string, form: 'image' | 'link', context: GuardContext): boolean {
  // Entities are undone by whatever shows the page.
  const url = URL.parse(address.replaceAll('&amp;', '&'), 'https://host.invalid');
  if (url === null || url.hostname === 'host.invalid' || context.isAllowedHost(url.hostname)) return false;
  if (url.username !== '' || url.password !== '') return true;
  const valueMin = VALUE_CHARACTERS_MIN[form];
  const values = [...url.searchParams].flat();
  if (values.some((value) => value.length >= valueMin && isData(value))) return true;
  if (url.search.length >= QUERY_CHARACTERS_MIN) return true;
  if (url.hash.length > valueMin && isData(url.hash.slice(1))) return true;
  if (url.hostname.split('.').some((label) => label.length >= LABEL_CHARACTERS_MIN && looksRandom(label))) return true;
  return url.pathname.split('/').some((segment) => segment.length >= SEGMENT_CHARACTERS_MIN && isEncoded(segment));
}

/** Words of a slug are joined by hyphens and hold no digits; data has spaces, or looks encoded. */
function isData(value: string): boolean {
  return /[\s@:;,{}="']/.test(value) || isEncoded(value);
}

function isEncoded(value: string): boolean {
  return /^[A-Za-z0-9+/_=%.-]+$/.test(value) && looksRandom(value.replace(/\.[a-z0-9]{2,5}$/i, ''));
}
