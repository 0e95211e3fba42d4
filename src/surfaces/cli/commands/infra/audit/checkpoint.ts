import { OperatingError } from '#foundation/errors';
import { isJsonObject, stringMember } from '#foundation/json';
import { defineCommand } from '#surfaces/cli/command';
import { itemOf } from '#surfaces/cli/output';
import { requestJson } from '#surfaces/cli/server-json';

export const command = defineCommand({
  effect: 'none',
  details: `Signs the root of all records of this moment. Kept where nobody who owns home and database can reach it, it
proves later that none of them was changed: infra audit verify --checkpoint FILE.`,
  arguments: {},
  options: {},
  examples: [
    { line: 'infra audit checkpoint > checkpoint.note', shows: 'to be kept elsewhere' },
    { line: 'infra audit checkpoint --json', shows: 'with its size and root' },
  ],
  async run({ services }) {
    const door = await services.server();
    const answer = await requestJson(door, { method: 'POST', path: '/api/v1/admin/audit/checkpoint', body: {} });
    const note = stringMember(answer, 'note');
    if (!isJsonObject(answer) || note === undefined) {
      throw new OperatingError('not_found', 'nothing_recorded', 'there is no record to sign yet', {
        remedy: 'demo/01-seed-data.sh makes some',
      });
    }
    return itemOf(answer, note);
  },
});
