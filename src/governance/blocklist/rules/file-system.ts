import { classifyPath, isCoreSystemPath, type PathClass, pathFrom } from '../paths.ts';
import { readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import { foundPaths } from '../shell/unwrap.ts';
import type { CommandRule } from './rule.ts';

const NEVER_AS_A_TREE: ReadonlySet<PathClass> = new Set(['root', 'home', 'system', 'here', 'outside', 'unknown']);
const NEVER_AS_A_FILE: ReadonlySet<PathClass> = new Set(['root', 'home', 'system', 'here']);

const REMOVERS = ['rm', 'srm', 'unlink', 'rmdir', 'trash', 'rimraf', 'del', 'erase', 'rd', 'remove-item', 'ri'];

export const FILE_SYSTEM_RULES: readonly CommandRule[] = [
  {
    id: 'remove-tree',
    category: 'file-system',
    says: 'deleting recursively outside of a directory that is named below the working directory',
    programs: REMOVERS,
    matches: (call) => isRecursive(call) && operandsOf(call).some((path) => NEVER_AS_A_TREE.has(classifyPath(path))),
    positives: [
      'rm -rf /',
      'rm -rf /*',
      'rm -fr --no-preserve-root /',
      'rm --recursive --force ~',
      'rm -rf ~/*',
      'rm -rf "$HOME"',
      `rm -r -f \${HOME}/.ssh`,
      'rm -rf /etc/nginx',
      'rm -rf /home/someone',
      'rm -rf ..',
      'rm -rf ../other-project',
      'rm -rf .',
      'rm -rf ./*',
      'rm -rf *',
      'rm -rf $UNSET_DIRECTORY/',
      'D=/; rm -rf $D',
      'rm -rf /{bin,usr}',
      'cd /; rm -rf bin',
      'pushd / && rm -rf usr',
      'cd && rm -rf *',
      "r\\m -rf $'\\x2f'",
      `rm\${IFS}-rf\${IFS}/`,
      'X="rm -rf /"; $X',
      'cd build && rm -rf ../../*',
      'sudo -u root rm -rf /var/lib',
      `bash -c 'rm -rf /'`,
      `bash -lc "rm -rf ~"`,
      'echo "rm -rf /" | sh',
      'sh <<EOF\nrm -rf /\nEOF',
      'eval "rm -rf /"',
      'echo $(rm -rf /)',
      'echo `rm -rf ~`',
      'env -i FOO=1 nohup nice -n 5 timeout -k 1 9 rm -rf /',
      'echo / | xargs rm -rf',
      'find / -name core | xargs rm -r',
      'find . -name x -exec rm -rf / \\;',
      `ssh host 'rm -rf /srv'`,
      'if true; then (cd /tmp; rm -rf /usr) fi',
      'f() { rm -rf /; }; f',
      'for d in / /usr; do rm -rf "$d"; done',
      '/bin/rm -rf /',
      'busybox rm -rf /',
      `docker exec web sh -c 'rm -rf /data/*'`,
      'rmdir /s C:\\\\',
      `powershell -Command "Remove-Item -Recurse -Force C:/Users"`,
      'npx rimraf /',
    ],
    negatives: [
      'rm file.txt',
      'rm -f dist/app.js',
      'rm -rf node_modules',
      'rm -rf ./build dist/ coverage',
      'rm -rf build/*',
      'rm -rf /tmp/work/cache',
      'rm -rf /home/me/project/node_modules',
      'rm -rf ~/.cache/pip',
      'd=$(mktemp -d); rm -rf "$d"',
      'for d in packages/*; do rm -rf "$d/node_modules"; done',
      'echo "rm -rf /"',
      `printf '%s' 'rm -rf /'`,
      'grep -rn "rm -rf /" .',
      `git commit -m "never run rm -rf / again"`,
      '# rm -rf /\nls',
      `cat <<'EOF' > notes.md\nrm -rf /\nEOF`,
      'rm -r "$PWD/build"',
      'find . -name node_modules | xargs rm -rf',
      'rm -rf packages/../dist',
      'cd build && rm -rf *',
      'cd "$PROJECT" && rm -rf node_modules',
      '(cd / && ls); rm -rf dist',
      'cd sub && npm test && cd .. && rm -rf dist',
    ],
  },
  {
    id: 'remove-files',
    category: 'file-system',
    says: 'deleting system files, or every file of a directory that others need',
    programs: REMOVERS,
    matches: (call) => !isRecursive(call) && operandsOf(call).some((path) => NEVER_AS_A_FILE.has(classifyPath(path))),
    positives: ['rm /etc/passwd', 'rm -f *', 'rm ~/.ssh/id_ed25519', 'rm ~/*', 'unlink /usr/bin/env', 'rmdir /srv'],
    negatives: ['rm *.log', 'rm -f tmp.txt ../old.txt', 'rm /tmp/x', 'rmdir empty', 'rm -- -f'],
  },
  {
    id: 'find-delete',
    category: 'file-system',
    says: 'deleting everything that find finds, unfiltered or outside of the working directory',
    programs: ['find'],
    matches: ({ args, directory }) =>
      args.includes('-delete') &&
      foundPaths(args).some((path) => NEVER_AS_A_TREE.has(classifyPath(pathFrom(directory, path)))),
    positives: [
      'find / -name "*.log" -delete',
      'find . -delete',
      'find -type f -delete',
      'find ~ -delete',
      'find .. -empty -delete',
    ],
    negatives: [
      'find . -name "*.pyc" -delete',
      'find build -type f -delete',
      'find . -name __pycache__ -type d -exec rm -rf {} +',
      'find / -name delete',
      'find /tmp/work -mtime +7 -delete',
    ],
  },
  {
    id: 'overwrite-system-file',
    category: 'file-system',
    says: 'overwriting or moving away what the system or a home needs',
    programs: ['>', 'tee', 'truncate', 'mv', 'move-item'],
    matches: overwrites,
    positives: [
      'echo x > /etc/passwd',
      ': > /usr/bin/env',
      'cat hosts | tee /etc/hosts',
      'truncate -s 0 /etc/fstab',
      'mv ~ /tmp/away',
      'mv /etc /tmp/etc',
      'mv notes.txt /dev/null',
      'echo x >| /boot/grub/grub.cfg',
      'echo x > ~/.bashrc',
    ],
    negatives: [
      'echo x > out.txt',
      'make 2>/dev/null >&2',
      'tee build.log',
      'mv a b',
      'truncate -s 0 app.log',
      'echo x >> notes.md',
    ],
  },
  {
    id: 'mirror-with-deletion',
    category: 'file-system',
    says: 'mirroring with deletion into a home or a system path',
    programs: ['rsync', 'robocopy', 'rclone'],
    matches: ({ args }) => {
      const deletes = args.some((arg) => /^(?:--del(?:ete(?:-\w+)*)?|\/mir|\/purge|purge|sync)$/i.test(arg));
      const target = readOptions(args).operands.at(-1) ?? '';
      return deletes && ['root', 'home', 'system', 'outside'].includes(classifyPath(target));
    },
    positives: ['rsync -a --delete empty/ /', 'rsync -a --delete-after src/ ~/', 'rclone purge /srv/data'],
    negatives: ['rsync -a --delete src/ dist/', 'rsync -a src/ /srv/copy', 'rsync -a --delete src/ host:/srv/www'],
  },
  {
    id: 'container-data-removal',
    category: 'file-system',
    says: 'deleting the data of containers',
    programs: ['docker', 'podman', 'nerdctl', 'docker-compose'],
    matches: ({ program, args }) => {
      const { operands, has } = readOptions(args, ['--context', '-H', '--host', '-f', '--file', '-p']);
      const [first, second] = operands;
      if (first === 'volume' && /^(?:rm|prune)$/.test(second ?? '')) return true;
      if (first === 'system' && second === 'prune') return true;
      const isDown = first === 'down' || (first === 'compose' && second === 'down');
      return (program === 'docker-compose' || first === 'compose') && isDown && has('v', 'volumes');
    },
    positives: [
      'docker volume rm data',
      'docker system prune -af',
      'docker compose down -v',
      'docker-compose down --volumes',
    ],
    negatives: ['docker compose down', 'docker rm web', 'docker volume ls', 'docker run -v a:b alpine ls'],
  },
];

function isRecursive({ program, args }: ProgramCall): boolean {
  if (program === 'rimraf') return true;
  if (args.some((arg) => /^\/s$/i.test(arg))) return true;
  const { has } = readOptions(args);
  return has('r', 'recursive') || has('R') || has('', 'recurse');
}

function operandsOf({ program, args, directory }: ProgramCall): readonly string[] {
  const { operands } = readOptions(args);
  // `/s` and `/q` are options of the Windows programs, and paths for all others.
  const isWindows = /^(?:rd|rmdir|del|erase)$/.test(program);
  const paths = isWindows ? operands.filter((arg) => !/^\/[a-z]$/i.test(arg)) : operands;
  return paths.map((path) => pathFrom(directory, path));
}

function overwrites({ program, args }: ProgramCall): boolean {
  const { operands, has } = readOptions(args, ['-s', '--size']);
  if (program === 'mv' || program === 'move-item') {
    const sources = operands.slice(0, -1);
    if (operands.at(-1) === '/dev/null') return true;
    return sources.some((path) => ['root', 'home', 'here'].includes(classifyPath(path)) || isCoreSystemPath(path));
  }
  if (program === 'tee' && has('a', 'append')) return false;
  return operands.some((path) => isCoreSystemPath(path) || isStartupFile(path));
}

/** What every new shell runs first. */
function isStartupFile(path: string): boolean {
  return /^~\/\.(?:bashrc|bash_profile|profile|zshrc|zprofile|zshenv)$/.test(path);
}
