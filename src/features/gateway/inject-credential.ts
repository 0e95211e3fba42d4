import { OperatingError } from '#foundation/errors';
import type { SecretSource } from '#governance/secrets/secret-value';
import type { RouteTarget } from './model-route.ts';

/**
 * The only place of the gateway where a credential's value is read: it goes from the store into the headers of one
 * upstream request. Throws `unavailable` when the store does not have it; the message names the secret, never a value.
 */
export function injectCredential(
  headers: Readonly<Record<string, string>>,
  route: RouteTarget,
  secrets: Pick<SecretSource, 'find'>,
): Record<string, string> {
  const injected: Record<string, string> = { ...headers };
  for (const [name, value] of Object.entries(route.extraHeaders)) {
    injected[name.toLowerCase()] = typeof value === 'string' ? value : headerValue(value.secret, route, secrets);
  }
  // These are no values of a header: providers/sign-request.ts makes a token or a signature of them.
  if (route.apiKeySecret !== undefined && route.authScheme !== 'google' && route.authScheme !== 'aws') {
    const credential = headerValue(route.apiKeySecret, route, secrets);
    if (route.authScheme === 'bearer') injected.authorization = `Bearer ${credential}`;
    else injected[route.authScheme] = credential;
  }
  return injected;
}

/** The text of a credential that never stands in a header itself. Throws `unavailable` as `injectCredential` does. */
export function credentialText(name: string, route: RouteTarget, secrets: Pick<SecretSource, 'find'>): string {
  const secret = secrets.find(name);
  if (secret === undefined) {
    throw new OperatingError(
      'unavailable',
      'upstream_secret_missing',
      `the secret ${JSON.stringify(name)} that the route ${route.id} needs is not in the store`,
      {
        where: `gateway route ${route.id}`,
        remedy: `the operator sets it with: systemprompt admin config secret set ${name}`,
      },
    );
  }
  return secret.reveal().trim();
}

function headerValue(name: string, route: RouteTarget, secrets: Pick<SecretSource, 'find'>): string {
  const value = credentialText(name, route, secrets);
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value)) return value;
  throw new OperatingError(
    'unavailable',
    'upstream_secret_unusable',
    `the secret ${JSON.stringify(name)} that the route ${route.id} needs holds characters that a header cannot carry`,
    {
      where: `gateway route ${route.id}`,
      remedy: `the operator sets it anew with: systemprompt admin config secret set ${name}`,
    },
  );
}
