import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpCaller } from '#features/mcp/caller';
import { mcpConfigSchema } from '#features/mcp/config';
import { createMcp, type Mcp, type McpDeps } from '#features/mcp/mcp';
import { createUpstreamClient } from '#foundation/http/upstream-client';
import { createIdSource } from '#foundation/ids';
import { silentLogger } from '#foundation/logging';
import { type Clock, systemClock } from '#foundation/time';
import type { Audit } from '#governance/audit/audit';
import { type AuditRecord, type DecisionRecord, type OutcomeRecord, recordId } from '#governance/audit/record';
import { createGovernor } from '#governance/governor';
import type { Role } from '#governance/identity/role';
import type { Call } from '#governance/policy/call';
import type { Verdict } from '#governance/policy/decision';
import { createPipeline } from '#governance/policy/pipeline';
import { createKnownValues } from '#governance/secret-scan/known-values';
import { type SecretSource, SecretValue } from '#governance/secrets/secret-value';
import { renderError } from '../../src/surfaces/http/error-format.ts';
import { writeReply } from '../../src/surfaces/http/write-reply.ts';
import { callOf } from './call.ts';

/** A credential-shaped text that the harness's own check denies wherever it stands. */
export const FORBIDDEN = 'forbidden-credential-0123456789';

export type McpHarness = {
  readonly url: string;
  readonly mcp: Mcp;
  readonly directory: string;
  readonly records: readonly AuditRecord[];
  decisions(): readonly DecisionRecord[];
  outcomes(): readonly OutcomeRecord[];
  setSecret(name: string, value: string): void;
  setConfig(servers: unknown): void;
  endpoint(server: string): URL;
  dispose(): Promise<void>;
};

export type McpHarnessOptions = {
  /** As it would stand below `mcp_servers`. */
  readonly servers: unknown;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly judge?: (call: Call) => Verdict;
  readonly clock?: Clock;
  /** Called before a record is kept; what it throws is a journal that cannot be written. */
  readonly beforeAppend?: (record: AuditRecord) => void;
  readonly internalServers?: McpDeps['internalServers'];
  readonly directory?: string;
};

/**
 * The MCP gateway behind a plain HTTP server, with a real governor over a journal in memory. The bearer text is the
 * user, or `user/role`, or `user/role/<expiry in epoch milliseconds>`.
 */
export async function startMcpHarness(options: McpHarnessOptions): Promise<McpHarness> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'systemprompt-mcp-'));
  const clock = options.clock ?? systemClock;
  const secrets = secretSource(options.secrets ?? {});
  const records: AuditRecord[] = [];
  const judge = options.judge ?? denyForbidden;
  const check = { id: 'secret_scan', appliesTo: ['tool_call', 'result'] as const, budgetMicros: 10_000_000, judge };
  const governor = createGovernor({
    pipeline: createPipeline(() => [check], clock),
    audit: memoryAudit(records, options.beforeAppend),
    clock,
  });
  const upstreamClient = createUpstreamClient({ clock });
  let config = mcpConfigSchema.parse(options.servers);
  const mcp = createMcp({
    config: () => config,
    governor,
    secrets,
    knownValues: createKnownValues(secrets),
    upstreamClient,
    internalServers: options.internalServers ?? new Map(),
    host: { path: process.env.PATH ?? '', language: 'C.UTF-8' },
    directories: {
      scratch: join(directory, 'mcp'),
      logs: join(directory, 'logs', 'mcp'),
      register: join(directory, 'mcp-children'),
    },
    version: '1.2.3',
    clock,
    ids: createIdSource(clock.nowMs),
    logger: silentLogger,
  });
  await mcp.start?.();
  const server = createServer((request, response) => void answer(mcp, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    mcp,
    directory,
    records,
    decisions: () => records.filter((record) => record.kind === 'decision'),
    outcomes: () => records.filter((record) => record.kind === 'outcome'),
    setSecret: secrets.set,
    setConfig(servers) {
      config = mcpConfigSchema.parse(servers);
    },
    endpoint: (name) => new URL(`${url}/api/v1/mcp/${name}/mcp`),
    async dispose() {
      await mcp.stop?.();
      await upstreamClient.stop?.();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function callerOf(bearer: string): McpCaller {
  const [userId = '', role = 'user', expiresAtMs] = bearer.split('/');
  const { principal, correlation } = callOf({ userId, role: role as Role });
  const credential = { ...principal.credential, expiresAtMs: expiresAtMs === undefined ? null : Number(expiresAtMs) };
  return { principal: { ...principal, credential }, correlation };
}

function denyForbidden(call: Call): Verdict {
  const text = JSON.stringify(call.content);
  if (!text.includes(FORBIDDEN)) return { result: 'pass', detail: 'no secret found' };
  const reason = 'secret_scan found a credential; remove it';
  return { result: 'deny', detail: 'found', reason, rule: 'forbidden' };
}

let requests = 0;

async function answer(mcp: Mcp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = `req_${++requests}`;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const url = new URL(request.url ?? '/', 'http://localhost');
    const server = url.pathname.split('/')[4] ?? '';
    const bearer = (request.headers.authorization ?? 'Bearer alice').replace('Bearer ', '');
    const exchange = {
      requestId,
      method: request.method ?? 'GET',
      path: url.pathname,
      params: { server },
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks),
      response,
      aborted: gone.signal,
      remoteAddress: '127.0.0.1',
    };
    const reply = await mcp.handle(exchange, callerOf(bearer), server, 'http://localhost');
    if (reply !== undefined) writeReply(response, reply, true);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else writeReply(response, renderError(error, 'json_rpc', requestId), true);
  }
}

function memoryAudit(records: AuditRecord[], beforeAppend: (record: AuditRecord) => void = () => {}): Audit {
  return {
    async append(record) {
      beforeAppend(record);
      records.push(record);
      return { logId: 'log', seq: records.length, id: recordId('log', records.length) };
    },
    caughtUp: async () => {},
    health: () => ({ writable: true, problem: null, mode: 'strict', undrainedRecords: 0, journalBytes: 0 }),
  };
}

function secretSource(
  initial: Readonly<Record<string, string>>,
): SecretSource & { set(name: string, value: string): void } {
  const values = new Map(Object.entries(initial).map(([name, value]) => [name, new SecretValue(value)]));
  const listeners: (() => void)[] = [];
  return {
    find: (name) => values.get(name),
    all: () => [...values].map(([name, value]) => ({ name, value })),
    onChange: (listener) => void listeners.push(listener),
    set(name, value) {
      values.set(name, new SecretValue(value));
      for (const listener of listeners) listener();
    },
  };
}
