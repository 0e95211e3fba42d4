import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['systemprompt-source'] },
  environments: { __vitest__: { resolve: { conditions: ['systemprompt-source'] } } },
  ssr: { resolve: { conditions: ['systemprompt-source'] } },
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'packages/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    reporters: ['./tests/support/reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    execArgv: ['--conditions=systemprompt-source'],
  },
});
