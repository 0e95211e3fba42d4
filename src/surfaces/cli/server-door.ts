import type { JsonValue } from '#foundation/json';

/** A whole answer of the running server. */
export type ServerReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

export type ServerCall = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  /** The audience that the locally minted administrator's credential is good for; `api` when left out. */
  readonly audience?: string;
  readonly timeoutMs?: number;
};

/** The running server, reached over loopback with a credential that this machine's operator may mint. */
export type ServerDoor = {
  readonly baseUrl: string;
  /** Resolves to any answer, also to an error's; rejects only when there is none. */
  call(call: ServerCall): Promise<ServerReply>;
};
