import { z } from 'zod';

/** What may stand in a header or a credential: visible ASCII and nothing else. */
export const visibleText = z.string().regex(/^[\x21-\x7e]+$/);
