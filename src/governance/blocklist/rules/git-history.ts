import { optionValues, readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { CommandRule } from './rule.ts';

export const GIT_HISTORY_RULES: readonly CommandRule[] = [
  {
    id: 'git-push-force',
    category: 'git-history',
    says: 'rewriting or deleting what others have already fetched',
    programs: ['git'],
    matches: (call) => {
      const { verb, args } = subcommand(call);
      if (verb !== 'push') return false;
      const { has, operands } = readOptions(args, ['-o', '--push-option', '--repo', '--receive-pack']);
      const rewrites = has('f', 'force') || has('', 'force-with-lease') || has('', 'mirror') || has('', 'prune');
      return rewrites || has('d', 'delete') || operands.slice(1).some((refspec) => /^[+:]/.test(refspec));
    },
    positives: [
      'git push --force',
      'git push -f origin main',
      'git -C repo push --force-with-lease',
      'git push origin +main',
      'git push origin :old-branch',
      'git push origin --delete v1',
      'git push --mirror',
      'GIT_SSH=x git -c a=b push -uf origin x',
    ],
    negatives: ['git push', 'git push -u origin feature', 'git push origin main:main', 'git push --follow-tags'],
  },
  {
    id: 'git-reset-hard',
    category: 'git-history',
    says: 'throwing away work that is not committed',
    programs: ['git'],
    matches: (call) => {
      const { verb, args } = subcommand(call);
      const { has, operands } = readOptions(args, ['-b', '-B', '-s', '--source']);
      if (verb === 'reset') return has('', 'hard') || has('', 'merge');
      if (verb === 'checkout') return has('f', 'force') || operands.includes('.') || operands.includes('*');
      if (verb === 'switch') return has('f', 'force') || has('', 'discard-changes');
      if (verb === 'restore') return (!has('S', 'staged') || has('W', 'worktree')) && operands.includes('.');
      return verb === 'stash' && /^(?:clear|drop)$/.test(operands[0] ?? '');
    },
    positives: [
      'git reset --hard',
      'git reset --hard HEAD~3',
      'git checkout -- .',
      'git checkout -f main',
      'git restore .',
      'git switch --discard-changes main',
      'git stash clear',
    ],
    negatives: [
      'git reset HEAD file',
      'git reset --soft HEAD~1',
      'git checkout main',
      'git checkout -b feature',
      'git restore --staged .',
      'git stash pop',
    ],
  },
  {
    id: 'git-clean',
    category: 'git-history',
    says: 'deleting files that git does not know',
    programs: ['git'],
    matches: (call) => {
      const { verb, args } = subcommand(call);
      const { has } = readOptions(args, ['-e', '--exclude']);
      return verb === 'clean' && has('f', 'force') && !has('n', 'dry-run');
    },
    positives: ['git clean -fdx', 'git clean -xdf', 'git clean --force -d'],
    negatives: ['git clean -n', 'git clean -nfd', 'git status'],
  },
  {
    id: 'git-rewrite-history',
    category: 'git-history',
    says: 'rewriting or expiring history, or deleting branches and tags that hold it',
    programs: ['git', 'git-filter-repo', 'bfg'],
    matches: rewritesHistory,
    positives: [
      "git filter-branch --tree-filter 'rm -f passwords.txt' HEAD",
      'git filter-repo --path secret --invert-paths',
      'git branch -D feature',
      'git branch --delete --force feature',
      'git tag -d v1.0',
      'git update-ref -d refs/heads/main',
      'git reflog expire --expire=now --all',
      'git gc --prune=now',
      'git worktree remove --force ../tree',
    ],
    negatives: ['git branch -d merged', 'git tag v1.0', 'git gc', 'git reflog', 'git log --all', 'git rebase main'],
  },
  {
    id: 'git-directory',
    category: 'git-history',
    says: 'deleting the repository itself',
    programs: ['rm', 'mv', 'srm', 'rimraf', 'remove-item', 'find'],
    matches: ({ program, args }) => {
      const named = readOptions(args).operands.some((path) => /(?:^|\/)\.git\/*\*?$/.test(path));
      return named && (program !== 'find' || args.includes('-delete'));
    },
    positives: ['rm -rf .git', 'rm -rf ./repo/.git/', 'mv .git /tmp/x', 'find .git -name x -delete'],
    negatives: ['rm .gitignore', 'ls .git', 'rm -rf .github/old', 'find .git -name HEAD'],
  },
  {
    id: 'forge-deletion',
    category: 'git-history',
    says: 'deleting at the forge: repositories, releases, or by its API',
    programs: ['gh', 'glab', 'hub', 'tea'],
    matches: ({ args }) => {
      const { operands } = readOptions(args, ['-R', '--repo']);
      const deletes =
        operands[1] === 'delete' && /^(?:repo|release|secret|variable|project|label)$/.test(operands[0] ?? '');
      return deletes || optionValues(args, ['-X', '--method']).some((method) => /^delete$/i.test(method));
    },
    positives: [
      'gh repo delete org/name --yes',
      'gh api -X DELETE repos/o/r',
      'gh release delete v1',
      'glab repo delete x',
    ],
    negatives: ['gh pr create', 'gh repo view', 'gh api repos/o/r', 'gh issue list --label delete'],
  },
];

const GIT_VALUED = ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--config-env'];

/** The verb of a git call, after the options that come before it. */
function subcommand(call: ProgramCall): { readonly verb: string; readonly args: readonly string[] } {
  const { args } = call;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (GIT_VALUED.includes(arg)) index++;
    else if (!arg.startsWith('-')) return { verb: arg, args: args.slice(index + 1) };
  }
  return { verb: '', args: [] };
}

function rewritesHistory(call: ProgramCall): boolean {
  if (call.program !== 'git') return true;
  const { verb, args } = subcommand(call);
  const { has, operands } = readOptions(args);
  switch (verb) {
    case 'filter-branch':
    case 'filter-repo':
    case 'prune':
      return true;
    case 'branch':
      return has('D') || ((has('d', 'delete') || has('', 'delete')) && has('f', 'force'));
    case 'tag':
      return has('d', 'delete');
    case 'update-ref':
      return has('d');
    case 'reflog':
      return /^(?:expire|delete)$/.test(operands[0] ?? '');
    case 'gc':
      return args.some((arg) => /^--prune=(?:now|all)/.test(arg));
    case 'worktree':
      return operands[0] === 'remove' && has('f', 'force');
    default:
      return false;
  }
}
