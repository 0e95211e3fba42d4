import { isSeq, parseDocument } from 'yaml';
import { OperatingError } from '#foundation/errors';
import type { RouteEdit } from '#surfaces/cli/route-desk';
import { textOf } from './edited-files.ts';

const ROUTES = ['gateway', 'routes'];
const DEFAULT_PROVIDER = ['gateway', 'default_provider'];

/**
 * What the edit makes of the file that has the routes, or is to have them; what people wrote beside them stays.
 * `servedBefore` is the provider that took every model while there were no routes, and goes on to take the others.
 */
export async function routesText(edit: RouteEdit, file: string, servedBefore: string | undefined): Promise<string> {
  // A profile may have no file: all its values are then defaults.
  const document = parseDocument((await textOf(file)) ?? '');
  if (!document.hasIn(ROUTES)) {
    if (edit.kind === 'add') {
      document.setIn(ROUTES, document.createNode([edit.route]));
      if (servedBefore !== undefined) document.setIn(DEFAULT_PROVIDER, servedBefore);
    }
    return document.toString({ lineWidth: 120 });
  }
  const routes = document.getIn(ROUTES);
  if (!isSeq(routes) || edit.index > routes.items.length) {
    throw new OperatingError(
      'conflict',
      'routes_not_editable',
      'the routes are written in a way that cannot be edited',
      {
        where: file,
        remedy: 'edit the file by hand',
      },
    );
  }
  if (edit.kind === 'remove') routes.items.splice(edit.index, 1);
  else routes.items.splice(edit.index, 0, document.createNode(edit.route));
  // A list in one line is no place for what is several lines long.
  if (edit.kind === 'add') routes.flow = false;
  return document.toString({ lineWidth: 120 });
}
