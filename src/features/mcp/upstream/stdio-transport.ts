import { messageOf } from '#foundation/errors';
import { type JsonValue, parseJsonBytes } from '#foundation/json';
import type { StdioDefinition } from '../config.ts';
import { MCP_LIMITS } from '../limits.ts';
import type { Child } from '../supervisor/child.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { OpenTransport, Transport } from './transport.ts';

/** One JSON-RPC message a line, over the standard input and output of a child (MCP 2025-11-25, transports, stdio). */
export function stdioTransport(definition: StdioDefinition, supervisor: Supervisor): OpenTransport {
  return async (events) => {
    const log = supervisor.log(definition.name);
    let child: Child | undefined;
    let garbageLines = 0;
    let closedAs: string | undefined;

    function close(how: string): void {
      if (closedAs !== undefined) return;
      closedAs = how;
      events.closed(how);
    }

    function giveUp(how: string): void {
      close(how);
      void child?.stop();
    }

    child = await supervisor.launch(definition, {
      line(line, cut) {
        if (closedAs !== undefined || isBlank(line)) return;
        if (cut) return giveUp(`sent a line of more than ${MCP_LIMITS.messageBytesMax} bytes`);
        const message = parseLine(line);
        if ('value' in message) return events.message(message.value, null);
        void log.write(child?.pid ?? 0, [`[not JSON-RPC on standard output: ${message.problem}] ${preview(line)}`]);
        if (++garbageLines > MCP_LIMITS.garbageLinesMax) {
          giveUp(`printed more than ${MCP_LIMITS.garbageLinesMax} lines that are no JSON-RPC`);
        }
      },
    });
    void child.ended.then(close);
    return transportOver(child);
  };
}

function transportOver(child: Child): Transport {
  return {
    pid: child.pid,
    send: async (message) => child.write(`${JSON.stringify(message)}\n`),
    initialized: () => {},
    close: () => child.stop(),
  };
}

function parseLine(line: Buffer): { readonly value: JsonValue } | { readonly problem: string } {
  try {
    return { value: parseJsonBytes(line) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

const PREVIEW_BYTES = 512;

function preview(line: Buffer): string {
  return line.subarray(0, PREVIEW_BYTES).toString('utf8');
}
