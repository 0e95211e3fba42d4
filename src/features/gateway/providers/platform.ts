import type { Wire } from '../config.ts';
import type { Operation } from '../model-request.ts';

/** What an address is made of. */
export type Asked = {
  readonly endpoint: string;
  readonly wire: Wire;
  readonly operation: Operation;
  /** As the upstream names it. */
  readonly model: string;
  readonly isStreaming: boolean;
  readonly apiVersion: string | undefined;
};
