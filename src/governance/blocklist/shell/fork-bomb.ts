import { forEachChild, type SyntaxNode } from 'unbash';

/** Stands as the program where a script starts processes without end. */
export const FORK_BOMB = ':(){ :|:& };:';

/** A function whose body pipes itself into itself in the background. */
export function isForkBomb(node: Extract<SyntaxNode, { type: 'Function' }>): boolean {
  const name = node.name.value;
  let callsItself = 0;
  let hasBackground = false;
  const look = (child: SyntaxNode): void => {
    if (child.type === 'Command' && child.name?.value === name) callsItself++;
    if (child.type === 'Statement' && child.background === true) hasBackground = true;
    forEachChild(child, look);
  };
  forEachChild(node, look);
  return hasBackground && callsItself >= 1;
}
