import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type BenchHome = { readonly root: string; readonly home: string; readonly services: string };

/**
 * A fresh installation with the defaults of every check and of the journal. Its only settings of its own say where the
 * upstreams are.
 */
export function makeBenchHome(upstreamPort: number): BenchHome {
  const root = mkdtempSync(join(tmpdir(), 'systemprompt-bench-'));
  const home = join(root, 'home');
  const services = join(root, 'services');
  const pricing = { input_per_million: 3, output_per_million: 15 };
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  write(join(home, 'profiles', 'local'), 'profile.yaml', {
    providers: [
      { name: 'raw', wire: 'anthropic', endpoint: upstream },
      { name: 'raw-chat', wire: 'openai-chat', endpoint: upstream },
    ],
    gateway: {
      routes: [
        { model_pattern: 'claude-*', provider: 'raw', pricing },
        { model_pattern: 'gpt-*', provider: 'raw-chat', pricing },
      ],
    },
  });
  write(join(services, 'config'), 'config.yaml', {
    mcp_servers: { bench: { type: 'http', url: `${upstream}/mcp`, isolation: 'shared' } },
  });
  return { root, home, services };
}

/** JSON is YAML. */
function write(directory: string, name: string, content: object): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), JSON.stringify(content, null, 2));
}
