import { isoTime } from '#foundation/time';
import { SURFACE_AUDIENCES } from '#governance/identity/principal';
import { defineCommand } from '#surfaces/cli/command';
import { sessionView } from '#surfaces/cli/identity-views';
import { itemOf } from '#surfaces/cli/output';
import { duration, flag, textOr, texts } from '#surfaces/cli/parameters';
import { requireRuntime } from '#surfaces/cli/server-away';
import type { CliServices } from '#surfaces/cli/services';
import type { Terminal } from '#surfaces/cli/terminal';

export const command = defineCommand({
  effect: 'change',
  details: `On the machine itself, under the same home, the operator is trusted: the token is minted without a prompt.
It is good on the first-party surfaces (web, api, hooks, models); an MCP server has an audience of its own.`,
  arguments: {},
  options: {
    email: textOr('--email <email>', 'who signs in', 'admin@localhost'),
    tokenOnly: flag('--token-only', 'print the access token and nothing else'),
    link: flag('--link', 'print a link that signs a browser in, once'),
    audience: texts('--audience <name>', 'good there instead, for example an MCP server by name'),
    expiresIn: duration('--expires-in <duration>', 'for example 8h'),
  },
  examples: [
    { line: 'admin session login --email admin@localhost --token-only', shows: 'an access token for a script' },
    { line: 'admin session login --link', shows: 'open the console in a browser' },
    { line: 'admin session login --audience files --token-only', shows: 'for the MCP server "files"' },
  ],
  async run({ options, services, dryRun, terminal }) {
    const { email, audience: audiences, expiresIn: durationMs } = options;
    if (dryRun) return itemOf({ dry_run: true, would: 'sign in', email, audiences });
    const identity = await services.identity();
    if (options.link) {
      const { baseUrl } = await requireRuntime(services);
      const { code, expiresAtMs } = await identity.createSignInCode(email);
      const url = `${baseUrl}/sign-in?code=${code}`;
      return itemOf({ url, expires_at: isoTime(expiresAtMs) }, url);
    }
    await warnOfStrangers(audiences, services, terminal);
    const { session, token } = await identity.login({ email, audiences, durationMs });
    if (options.tokenOnly) return { kind: 'line', line: token };
    terminal.say('next: curl -H "Authorization: Bearer <token>" ..., or systemprompt admin session logout <id>');
    return itemOf({ ...sessionView(session), token });
  },
});

/** A token for a server that nobody declared is good nowhere, and its refusal would come much later. */
async function warnOfStrangers(
  audiences: readonly string[],
  services: CliServices,
  terminal: Pick<Terminal, 'say'>,
): Promise<void> {
  if (audiences.length === 0) return;
  const declared = Object.entries(await services.configuration().mcpServers());
  const known = new Set<string>([
    ...SURFACE_AUDIENCES,
    ...declared.map(([server, { oauth }]) => oauth.audience ?? server),
  ]);
  for (const audience of audiences.filter((name) => !known.has(name))) {
    terminal.say(`warning: no MCP server here has the audience ${audience}; see systemprompt plugins mcp list`);
  }
}
