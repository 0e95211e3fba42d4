/** The gateway behind a real HTTP listener, with a governor in memory: what a test needs to be its client. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gatewayConfigSchema, providersConfigSchema } from '#features/gateway/config';
import { createGateway, type Gateway } from '#features/gateway/gateway';
import { createMockUpstream, type MockUpstream } from '#features/gateway/mock-upstream';
import type { RegisteredProvider } from '#features/gateway/registered-provider';
import { OperatingError } from '#foundation/errors';
import type { Exchange } from '#foundation/http/exchange';
import { createUpstreamClient } from '#foundation/http/upstream-client';
import { createIdSource } from '#foundation/ids';
import { mapStrings } from '#foundation/json';
import { silentLogger } from '#foundation/logging';
import { systemClock } from '#foundation/time';
import type { AuditRecord, DecisionRecord, ModelRequestEffect, OutcomeRecord } from '#governance/audit/record';
import { createGovernor, type Governor } from '#governance/governor';
import { guardrailsConfigSchema } from '#governance/guardrails/config';
import { createContentGuard } from '#governance/guardrails/content-guard';
import { createOutputScanner, type OutputScanner } from '#governance/guardrails/output-scanner';
import type { Principal } from '#governance/identity/principal';
import type { Call } from '#governance/policy/call';
import type { Check } from '#governance/policy/check';
import { createPipeline } from '#governance/policy/pipeline';
import { createTestScanner } from '#governance/secret-scan/testing/test-scanner';
import { SecretValue } from '#governance/secrets/secret-value';
import { isOpen } from '#surfaces/http/endpoint';
import { gatewayRows } from '#surfaces/http/endpoint-table';
import { type ErrorFormat, renderError } from '#surfaces/http/error-format';
import { createRouter } from '#surfaces/http/router';
import { writeReply } from '#surfaces/http/write-reply';
import { callOf } from './call.ts';

export type GatewayHarness = {
  readonly url: string;
  readonly gateway: Gateway;
  readonly mock: MockUpstream;
  readonly calls: Call[];
  readonly records: AuditRecord[];
  /** The credential values that redaction knows. */
  readonly secrets: Map<string, string>;
  /** Replaced by a test to judge otherwise; allows everything at first. */
  checks: readonly Check[];
  /** What the credential of the next request says of its owner, where that differs. */
  caller: Partial<Principal>;
  /** True makes every append fail, as a full disk does. */
  isJournalBroken: boolean;
  /** Awaited before each append, as a slow disk makes one wait. */
  beforeAppend: (record: AuditRecord) => Promise<void>;
  decisions(): readonly DecisionRecord[];
  outcomes(): readonly OutcomeRecord[];
  /** The effect of the only outcome. */
  effect(): ModelRequestEffect;
  /** Takes over other guardrails, as an edit of the configuration does. */
  guardBy(guardrails: unknown): void;
  /** Resolves when so many outcomes are recorded. */
  recorded(count: number): Promise<void>;
  /** Resolves when the gateway has noticed that a client went away. */
  clientLeft(): Promise<void>;
  close(): Promise<void>;
};

export async function startGateway(
  config: unknown = {},
  providers: unknown = [],
  guardrails: unknown = {},
  registered: readonly RegisteredProvider[] = [],
): Promise<GatewayHarness> {
  const parsed = gatewayConfigSchema.parse(config);
  const parsedProviders = providersConfigSchema.parse(providers);
  const client = createUpstreamClient({ clock: systemClock });
  const mock = createMockUpstream({ clock: systemClock });
  await mock.start?.();
  const departure = Promise.withResolvers<void>();
  const waiting: { count: number; resolve: () => void }[] = [];
  const outcomes = () => harness.records.filter((record) => record.kind === 'outcome');
  const secrets = new Map<string, string>();
  let outputScanner = outputScannerOf(guardrails);
  const governor = memoryGovernor();
  const gateway = createGateway({
    config: () => parsed,
    providers: () => parsedProviders,
    ownPrices: () => [],
    registered: () => registered,
    governor,
    budgets: { standings: () => [], caps: async () => [], config: () => [] },
    secrets: {
      find: (name) => {
        const value = secrets.get(name);
        return value === undefined ? undefined : new SecretValue(value);
      },
    },
    client,
    outputScanner: () => outputScanner,
    mock,
    redact: (value) =>
      mapStrings(value, (text) =>
        [...secrets.values()].reduce((clean, known) => clean.replaceAll(known, '[secret]'), text),
      ),
    clock: systemClock,
    ids: createIdSource(systemClock.nowMs),
    logger: silentLogger,
  });
  const server = createServer((request, response) => {
    response.once('close', () => {
      if (!response.writableFinished) departure.resolve();
    });
    void serve(gateway, harness.caller, request, response);
  });
  const url = await listen(server);
  const harness: GatewayHarness = {
    url,
    gateway,
    mock,
    calls: [],
    records: [],
    secrets,
    checks: [],
    caller: {},
    isJournalBroken: false,
    beforeAppend: async () => {},
    decisions: () => harness.records.filter((record) => record.kind === 'decision'),
    outcomes,
    effect() {
      const [only, ...others] = outcomes();
      if (only?.effect?.type !== 'model_request' || others.length > 0) throw new Error(`${outcomes().length} outcomes`);
      return only.effect;
    },
    guardBy(edited) {
      outputScanner = outputScannerOf(edited);
    },
    recorded: (count) =>
      outcomes().length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    clientLeft: () => departure.promise,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await client.stop?.();
      await mock.stop?.();
    },
  };

  function memoryGovernor(): Governor {
    const pipeline = createPipeline(() => harness.checks, systemClock);
    const inner = createGovernor({
      pipeline,
      clock: systemClock,
      audit: {
        async append(record) {
          if (harness.isJournalBroken) throw journalBroken();
          await harness.beforeAppend(record);
          harness.records.push(record);
          for (const { count, resolve } of waiting) if (outcomes().length >= count) resolve();
          return { logId: 'log', seq: harness.records.length, id: `log-${harness.records.length}` };
        },
        caughtUp: async () => {},
        health: () => {
          throw new Error('not asked for');
        },
      },
    });
    return {
      ...inner,
      govern(call, requestId) {
        harness.calls.push(call);
        return inner.govern(call, requestId);
      },
    };
  }

  return harness;
}

function outputScannerOf(guardrails: unknown): OutputScanner {
  const guard = createContentGuard({ config: guardrailsConfigSchema.parse(guardrails), clock: systemClock });
  return createOutputScanner({ scanner: createTestScanner(), guard });
}

function journalBroken(): OperatingError {
  return new OperatingError('unavailable', 'journal_unwritable', 'the audit journal cannot be written');
}

export function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

let requests = 0;

async function serve(
  gateway: Gateway,
  owner: Partial<Principal>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = `req_${++requests}`;
  response.setHeader('x-systemprompt-request-id', requestId);
  let format: ErrorFormat = 'anthropic';
  try {
    const exchange = await exchangeOf(request, response, requestId);
    const { principal, correlation } = callOf();
    const caller = { principal: { ...principal, ...owner }, correlation };
    const endpoint = matchDoor(gateway, request.method ?? 'GET', exchange.path);
    format = endpoint.errors;
    const reply = await endpoint.handler({ ...exchange, params: endpoint.params }, caller);
    if (reply !== undefined) writeReply(response, reply, true);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else writeReply(response, renderError(error, format, requestId), true);
  }
}

async function exchangeOf(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<Exchange> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? '/', 'http://gateway');
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    requestId,
    method: request.method ?? 'GET',
    path: url.pathname,
    params: {},
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
    response,
    aborted: gone.signal,
    remoteAddress: '127.0.0.1',
  };
}

const MESSAGE_BYTES_MAX = 33_554_432;

/** The row of the product's own table, without its authentication. */
function matchDoor(gateway: Gateway, method: string, path: string) {
  const match = createRouter(gatewayRows(gateway, MESSAGE_BYTES_MAX)).match(method, path);
  if (match.found !== 'endpoint' || isOpen(match.endpoint)) throw new Error(`nothing at ${method} ${path}`);
  const { errors, handler } = match.endpoint;
  return { errors, handler, params: match.params };
}
