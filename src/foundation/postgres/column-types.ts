import type { CustomTypesConfig } from 'pg';
import { types } from 'pg';

const INT8_OID = 20;

/**
 * How column text becomes a value, for one pool only: the driver's own registry is global and stays untouched.
 * `bigint` columns come back as numbers while they are safe integers, and as text beyond 2^53 - 1.
 */
export const columnTypes: CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8_OID && format !== 'binary') return parseInt8;
    return types.getTypeParser(oid, format);
  },
};

function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}
