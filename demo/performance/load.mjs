// Sends govern calls over kept-alive connections and reports what came back, as one JSON object.
import { Agent, request } from 'node:http';

const [baseUrl, token, run, total, sessions, connections] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const latenciesMs = [];
const report = { answered: 0, allowed: 0, denied: 0, undecided: 0 };

function govern(index) {
  const secret = index % 10 === 0 ? `AKIA${'IOSFODNN7EXAMPLE'}` : 'nothing to hide';
  const body = JSON.stringify({
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: `echo ${secret}` },
    session_id: `${run}-${index % Number(sessions)}`,
  });
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const call = request(
      `${baseUrl}/api/public/hooks/govern`,
      {
        method: 'POST',
        agent,
        headers: { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          latenciesMs.push(performance.now() - startedMs);
          report.answered += 1;
          const decision = JSON.parse(text).hookSpecificOutput?.permissionDecision;
          if (decision === 'allow') report.allowed += 1;
          else if (decision === 'deny') report.denied += 1;
          else report.undecided += 1;
          resolve();
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: Number(total) }, (_, index) => govern(index)));
const seconds = (performance.now() - startedMs) / 1_000;
latenciesMs.sort((left, right) => left - right);
report.requests_per_second = Math.round(report.answered / seconds);
report.p50_ms = Number(latenciesMs[Math.floor(latenciesMs.length * 0.5)].toFixed(1));
report.p99_ms = Number(latenciesMs[Math.floor(latenciesMs.length * 0.99)].toFixed(1));
console.log(JSON.stringify(report));
agent.destroy();
