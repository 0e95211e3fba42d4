import type { Exchange, Reply } from '#foundation/http/exchange';
import { SESSION_COOKIE } from './credential.ts';
import { escapeHtml, htmlPage } from './html.ts';

export type SignInDeps = {
  /** Redeems a one-time code for the value of a session cookie; undefined when it is unknown, used or expired. */
  readonly redeem: (code: string) => Promise<{ readonly cookie: string; readonly maxAgeSeconds: number } | undefined>;
};

/**
 * The one-time link leads to a form, and only sending the form redeems the code: a link preview or a prefetch that
 * follows the link spends nothing. Works without scripts.
 */
export async function signIn(exchange: Exchange, deps: SignInDeps): Promise<Reply> {
  if (exchange.method !== 'POST') return { status: 200, ...signInForm(exchange.query.get('code') ?? '') };
  const code = new URLSearchParams(exchange.body.toString('utf8')).get('code') ?? '';
  const session = await deps.redeem(code);
  if (session === undefined) return { status: 403, ...usedLink() };
  const cookie = `${SESSION_COOKIE}=${session.cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${session.maxAgeSeconds}`;
  return { status: 303, headers: { location: '/admin', 'set-cookie': cookie, 'cache-control': 'no-store' }, body: '' };
}

function signInForm(code: string) {
  return htmlPage(
    'Sign in',
    `<h1>Sign in to systemprompt</h1><p>This link works once.</p>
<form method="post" action="/sign-in"><input type="hidden" name="code" value="${escapeHtml(code)}"><button autofocus>Sign in</button></form>`,
  );
}

function usedLink() {
  return htmlPage(
    'Link used',
    `<h1>This link is used up, unknown or expired</h1>
<p>Make a new one on the machine itself: <code>systemprompt admin session login --link</code></p>`,
  );
}
