import type { CommandRow } from './command-row.ts';

/** Every command. A test holds it against the files under `commands/`. */
export const COMMAND_TABLE: readonly CommandRow[] = [
  {
    path: 'admin budgets list',
    summary: 'List the budgets',
    load: () => import('./commands/admin/budgets/list.ts'),
  },
  {
    path: 'admin budgets show',
    summary: 'Print a budget and its accounts',
    load: () => import('./commands/admin/budgets/show.ts'),
  },
  {
    path: 'admin budgets set',
    summary: 'Make a budget, or change it',
    load: () => import('./commands/admin/budgets/set.ts'),
  },
  {
    path: 'admin budgets reset',
    summary: 'Forget what was used in a budget',
    load: () => import('./commands/admin/budgets/reset.ts'),
  },
  {
    path: 'admin budgets usage',
    summary: 'Tell what was used',
    load: () => import('./commands/admin/budgets/usage.ts'),
  },
  {
    path: 'admin config show',
    summary: 'Print the configuration that is in force',
    load: () => import('./commands/admin/config/show.ts'),
  },
  {
    path: 'admin config validate',
    summary: 'Check the configuration; name every problem at once',
    load: () => import('./commands/admin/config/validate.ts'),
  },
  {
    path: 'admin config provider list',
    summary: 'List the upstreams that routes may name',
    load: () => import('./commands/admin/config/provider/list.ts'),
  },
  {
    path: 'admin config provider show',
    summary: 'Show one upstream',
    load: () => import('./commands/admin/config/provider/show.ts'),
  },
  {
    path: 'admin config gateway route list',
    summary: 'List the routes in their order',
    load: () => import('./commands/admin/config/gateway/route/list.ts'),
  },
  {
    path: 'admin config gateway route add',
    summary: 'Add a route',
    load: () => import('./commands/admin/config/gateway/route/add.ts'),
  },
  {
    path: 'admin config gateway route remove',
    summary: 'Remove a route',
    load: () => import('./commands/admin/config/gateway/route/remove.ts'),
  },
  {
    path: 'admin config gateway route test',
    summary: 'Tell where a model would go, or try it',
    load: () => import('./commands/admin/config/gateway/route/test.ts'),
  },
  {
    path: 'admin config rate-limits show',
    summary: 'Print the limits by role',
    load: () => import('./commands/admin/config/rate-limits/show.ts'),
  },
  {
    path: 'admin config secret set',
    summary: 'Store a credential, or a new version of it',
    load: () => import('./commands/admin/config/secret/set.ts'),
  },
  {
    path: 'admin config secret list',
    summary: 'List names and versions',
    load: () => import('./commands/admin/config/secret/list.ts'),
  },
  {
    path: 'admin config secret rotate',
    summary: 'Give a secret a new value, or the store a new key',
    load: () => import('./commands/admin/config/secret/rotate.ts'),
  },
  {
    path: 'admin config secret delete',
    summary: 'Delete a secret',
    load: () => import('./commands/admin/config/secret/delete.ts'),
  },
  {
    path: 'admin config secret export',
    summary: 'Write the secrets into a sealed file',
    load: () => import('./commands/admin/config/secret/export.ts'),
  },
  {
    path: 'admin config secret import',
    summary: 'Read secrets from a sealed file',
    load: () => import('./commands/admin/config/secret/import.ts'),
  },
  {
    path: 'admin config secret adopt',
    summary: 'Take over a store restored from a backup',
    load: () => import('./commands/admin/config/secret/adopt.ts'),
  },
  {
    path: 'admin keys issue-plugin-token',
    summary: 'Issue a credential for the hooks of a client',
    load: () => import('./commands/admin/keys/issue-plugin-token.ts'),
  },
  {
    path: 'admin session login',
    summary: 'Get an access token, or a sign-in link',
    load: () => import('./commands/admin/session/login.ts'),
  },
  {
    path: 'admin session list',
    summary: 'List who is signed in',
    load: () => import('./commands/admin/session/list.ts'),
  },
  {
    path: 'admin session show',
    summary: 'Show one session',
    load: () => import('./commands/admin/session/show.ts'),
  },
  {
    path: 'admin session logout',
    summary: 'End a session',
    load: () => import('./commands/admin/session/logout.ts'),
  },
  {
    path: 'admin users create',
    summary: 'Create a user',
    load: () => import('./commands/admin/users/create.ts'),
  },
  {
    path: 'admin users list',
    summary: 'List users',
    load: () => import('./commands/admin/users/list.ts'),
  },
  {
    path: 'admin users search',
    summary: 'Find users by name, e-mail or id',
    load: () => import('./commands/admin/users/search.ts'),
  },
  {
    path: 'admin users show',
    summary: 'Show one user',
    load: () => import('./commands/admin/users/show.ts'),
  },
  {
    path: 'admin users count',
    summary: 'Count users',
    load: () => import('./commands/admin/users/count.ts'),
  },
  {
    path: 'admin users delete',
    summary: 'Delete a user',
    load: () => import('./commands/admin/users/delete.ts'),
  },
  {
    path: 'admin users pat issue',
    summary: 'Issue a personal access token',
    load: () => import('./commands/admin/users/pat/issue.ts'),
  },
  {
    path: 'admin users pat list',
    summary: 'List the tokens of a user',
    load: () => import('./commands/admin/users/pat/list.ts'),
  },
  {
    path: 'admin users pat revoke',
    summary: 'Revoke a token',
    load: () => import('./commands/admin/users/pat/revoke.ts'),
  },
  {
    path: 'admin users role assign',
    summary: 'Set the roles of a user',
    load: () => import('./commands/admin/users/role/assign.ts'),
  },
  {
    path: 'admin users role promote',
    summary: 'Make a user an administrator',
    load: () => import('./commands/admin/users/role/promote.ts'),
  },
  {
    path: 'admin users role demote',
    summary: 'Make an administrator a user',
    load: () => import('./commands/admin/users/role/demote.ts'),
  },
  {
    path: 'analytics costs summary',
    summary: 'Sum up what the models cost',
    load: () => import('./commands/analytics/costs/summary.ts'),
  },
  {
    path: 'analytics costs breakdown',
    summary: 'Tell who or what the costs come from',
    load: () => import('./commands/analytics/costs/breakdown.ts'),
  },
  {
    path: 'analytics costs trends',
    summary: 'Tell the costs over time',
    load: () => import('./commands/analytics/costs/trends.ts'),
  },
  {
    path: 'analytics requests stats',
    summary: 'Sum up model requests and how they went',
    load: () => import('./commands/analytics/requests/stats.ts'),
  },
  {
    path: 'analytics requests models',
    summary: 'Compare the models that were asked',
    load: () => import('./commands/analytics/requests/models.ts'),
  },
  {
    path: 'analytics requests trends',
    summary: 'Tell the model requests over time',
    load: () => import('./commands/analytics/requests/trends.ts'),
  },
  {
    path: 'infra services serve',
    summary: 'Run the server',
    load: () => import('./commands/infra/services/serve.ts'),
  },
  {
    path: 'infra services status',
    summary: 'Ask the server how it is',
    load: () => import('./commands/infra/services/status.ts'),
  },
  {
    path: 'infra services stop',
    summary: 'Stop the server',
    load: () => import('./commands/infra/services/stop.ts'),
  },
  {
    path: 'infra db info',
    summary: 'Show which database this is',
    load: () => import('./commands/infra/db/info.ts'),
  },
  {
    path: 'infra db status',
    summary: 'Ask whether the database is ready',
    load: () => import('./commands/infra/db/status.ts'),
  },
  {
    path: 'infra db tables',
    summary: 'List tables and views',
    load: () => import('./commands/infra/db/tables.ts'),
  },
  {
    path: 'infra db describe',
    summary: 'Show the columns of a table',
    load: () => import('./commands/infra/db/describe.ts'),
  },
  {
    path: 'infra db count',
    summary: 'Count the rows of a table',
    load: () => import('./commands/infra/db/count.ts'),
  },
  {
    path: 'infra db query',
    summary: 'Run one reading statement',
    load: () => import('./commands/infra/db/query.ts'),
  },
  {
    path: 'infra db indexes',
    summary: 'List indexes',
    load: () => import('./commands/infra/db/indexes.ts'),
  },
  {
    path: 'infra db size',
    summary: 'Show what takes the space',
    load: () => import('./commands/infra/db/size.ts'),
  },
  {
    path: 'infra db validate',
    summary: 'Check the migrations that have run',
    load: () => import('./commands/infra/db/validate.ts'),
  },
  {
    path: 'infra db migrations status',
    summary: 'List migrations, run and pending',
    load: () => import('./commands/infra/db/migrations/status.ts'),
  },
  {
    path: 'infra logs audit',
    summary: 'Tell the story of one call',
    load: () => import('./commands/infra/logs/audit.ts'),
  },
  {
    path: 'infra logs view',
    summary: 'Show the diagnostic log of the server',
    load: () => import('./commands/infra/logs/view.ts'),
  },
  {
    path: 'infra logs search',
    summary: 'Search what was decided',
    load: () => import('./commands/infra/logs/search.ts'),
  },
  {
    path: 'infra logs summary',
    summary: 'Count calls by decision and policy',
    load: () => import('./commands/infra/logs/summary.ts'),
  },
  {
    path: 'infra logs trace list',
    summary: 'List traces',
    load: () => import('./commands/infra/logs/trace/list.ts'),
  },
  {
    path: 'infra logs trace show',
    summary: 'Show everything under one trace id',
    load: () => import('./commands/infra/logs/trace/show.ts'),
  },
  {
    path: 'infra logs request list',
    summary: 'List model requests',
    load: () => import('./commands/infra/logs/request/list.ts'),
  },
  {
    path: 'infra logs request show',
    summary: 'Show one model request',
    load: () => import('./commands/infra/logs/request/show.ts'),
  },
  {
    path: 'infra logs request stats',
    summary: 'Sum up model requests by model',
    load: () => import('./commands/infra/logs/request/stats.ts'),
  },
  {
    path: 'infra logs tools list',
    summary: 'List tool calls',
    load: () => import('./commands/infra/logs/tools/list.ts'),
  },
  {
    path: 'infra audit verify',
    summary: 'Prove that no record was changed',
    load: () => import('./commands/infra/audit/verify.ts'),
  },
  {
    path: 'infra audit checkpoint',
    summary: 'Sign what has been recorded so far',
    load: () => import('./commands/infra/audit/checkpoint.ts'),
  },
  {
    path: 'infra audit export',
    summary: 'Write all records as NDJSON',
    load: () => import('./commands/infra/audit/export.ts'),
  },
  {
    path: 'plugins mcp list',
    summary: 'List the declared MCP servers',
    load: () => import('./commands/plugins/mcp/list.ts'),
  },
  {
    path: 'plugins mcp status',
    summary: 'Show what runs',
    load: () => import('./commands/plugins/mcp/status.ts'),
  },
  {
    path: 'plugins mcp tools',
    summary: 'List tools',
    load: () => import('./commands/plugins/mcp/tools.ts'),
  },
  {
    path: 'plugins mcp call',
    summary: 'Call a tool',
    load: () => import('./commands/plugins/mcp/call.ts'),
  },
  {
    path: 'plugins mcp logs',
    summary: 'Show what a server wrote to standard error',
    load: () => import('./commands/plugins/mcp/logs.ts'),
  },
  {
    path: 'doctor',
    summary: 'Check everything that a start needs',
    load: () => import('./commands/doctor.ts'),
  },
  {
    path: 'completion',
    summary: 'Print the completion script of a shell',
    load: () => import('./commands/completion.ts'),
  },
];
