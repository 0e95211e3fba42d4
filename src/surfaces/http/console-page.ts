import type { Reply } from '#foundation/http/exchange';
import { isoTime } from '#foundation/time';
import type { TrailRow } from '#governance/audit/audit-rows';
import { escapeHtml, htmlPage } from './html.ts';

/** The audit table, newest first: what stands in it and how to read one row as a story. */
export function consolePage(email: string | null, decisions: readonly TrailRow[]): Reply {
  const rows = decisions.map(
    (decision) => `<tr><td>${isoTime(decision.created_at.getTime())}</td>
<td class="${escapeHtml(decision.decision)}">${escapeHtml(decision.decision)}</td><td>${escapeHtml(decision.policy)}</td>
<td>${escapeHtml(decision.tool_name)}</td><td>${escapeHtml(decision.user_id)}</td><td>${escapeHtml(decision.reason)}</td>
<td class="id">${escapeHtml(decision.id)}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? '<p>No decision yet. The start-up lines of the server show a request to try.</p>'
      : `<table><thead><tr><th>Time</th><th>Decision</th><th>Policy</th><th>Tool or model</th><th>User</th><th>Reason</th><th>Id</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
  return {
    status: 200,
    ...htmlPage(
      'Decisions',
      `<h1>Decisions</h1><p>Signed in as ${escapeHtml(email ?? 'a service')}. One row as a story:
<code>systemprompt infra logs audit &lt;id&gt; --full</code></p>${table}`,
    ),
  };
}

/** For whoever opens the root without a session. */
export function homePage(): Reply {
  return {
    status: 200,
    ...htmlPage(
      'systemprompt',
      `<h1>systemprompt</h1><p>The governance runtime is running. <a href="/admin">Open the console</a>, or make a sign-in link
on the machine itself: <code>systemprompt admin session login --link</code></p>`,
    ),
  };
}
