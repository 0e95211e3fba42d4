/** What a start prints when it is ready: where it is, how to sign in, how to point a client here, what to try. */
export type Welcome = {
  readonly baseUrl: string;
  readonly signInLink: string;
  readonly administratorEmail: string;
  readonly token: string;
  readonly gatewayEnabled: boolean;
  readonly database: string;
  readonly startedMs: number;
};

export function renderWelcome(welcome: Welcome): string {
  const lines = [
    '',
    `  systemprompt is ready  ${welcome.baseUrl}  (${welcome.database}, ${(welcome.startedMs / 1_000).toFixed(1)} s)`,
    '',
    `  Sign in as ${welcome.administratorEmail} (works once):`,
    `    ${welcome.signInLink}`,
    '',
  ];
  if (welcome.gatewayEnabled) {
    lines.push(
      '  Point Claude Code or any Anthropic SDK here:',
      `    ANTHROPIC_BASE_URL=${welcome.baseUrl} ANTHROPIC_AUTH_TOKEN=${welcome.token}`,
      '',
    );
  }
  lines.push(
    '  Try next, in another terminal:',
    '    ./demo/00-preflight.sh && ./demo/governance/06-secret-breach.sh',
    '    ./systemprompt infra logs trace list --limit 5',
    '',
    '  Ctrl-C stops it. What was decided stays.',
    '',
  );
  return lines.join('\n');
}
