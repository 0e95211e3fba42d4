import { classifyPath } from '../paths.ts';
import { readOptions } from '../shell/options.ts';
import type { ProgramCall } from '../shell/program-call.ts';
import type { CommandRule } from './rule.ts';

export const PRIVILEGE_RULES: readonly CommandRule[] = [
  {
    id: 'become-another',
    category: 'privilege',
    says: 'becoming another user',
    programs: ['sudo', 'su', 'doas', 'pkexec', 'runas', 'sudoedit', 'gsudo', 'runuser'],
    matches: ({ args }) => !args.some((arg) => /^(?:-[lkKvV]|--list|--version|--help|--reset-timestamp)$/.test(arg)),
    positives: ['sudo apt install jq', 'su -', "su postgres -c 'psql'", 'doas rm x', 'echo x | sudo tee file'],
    negatives: ['sudo -l', 'sudo --version', 'echo sudo', 'man sudo'],
  },
  {
    id: 'open-permissions',
    category: 'privilege',
    says: 'opening files to everybody, or changing the permissions of a tree or of the system',
    programs: ['chmod', 'icacls', 'setfacl'],
    matches: opensPermissions,
    positives: [
      'chmod -R 777 .',
      'chmod -R 755 /',
      'chmod 777 /etc',
      'chmod u+s tool',
      'chmod 4755 tool',
      'chmod -R a+rwx build',
      'chmod g+s,o+w /srv',
    ],
    negatives: [
      'chmod +x script.sh',
      'chmod 644 file',
      'chmod -R 755 dist',
      'chmod 600 ~/.netrc',
      'chmod 0755 bin/run',
    ],
  },
  {
    id: 'change-owner',
    category: 'privilege',
    says: 'changing the owner of a tree or of the system',
    programs: ['chown', 'chgrp', 'takeown'],
    matches: ({ args }) => {
      const { has, operands } = readOptions(args);
      return (
        has('R', 'recursive') ||
        operands.slice(1).some((path) => ['root', 'home', 'system'].includes(classifyPath(path)))
      );
    },
    positives: ['chown -R me:me /usr/local', 'chown -R node .', 'chown root /etc/hosts', 'chgrp -R staff .'],
    negatives: ['chown me file.txt', 'ls -l'],
  },
  {
    id: 'change-accounts',
    category: 'privilege',
    says: 'changing accounts, passwords, capabilities or what protects the machine',
    programs: [
      ...[
        'useradd',
        'adduser',
        'usermod',
        'userdel',
        'deluser',
        'groupadd',
        'groupmod',
        'groupdel',
        'gpasswd',
        'passwd',
      ],
      ...['chpasswd', 'visudo', 'setcap', 'setenforce', 'ufw', 'iptables', 'ip6tables', 'nft', 'net', 'dseditgroup'],
    ],
    matches: changesAccounts,
    positives: [
      'usermod -aG docker me',
      'passwd root',
      'setcap cap_net_raw+ep tool',
      'iptables -F',
      'ufw disable',
      'net user x y /add',
    ],
    negatives: ['iptables -L', 'ufw status', 'net start', 'id'],
  },
  {
    id: 'grant-key',
    category: 'privilege',
    says: 'letting another key or password in',
    programs: ['>', '>>', 'tee', 'cp', 'mv', 'ssh-copy-id'],
    matches: ({ program, args }) =>
      program === 'ssh-copy-id' ||
      args.some((arg) => /(?:\.ssh\/(?:authorized_keys|rc|config)|^\/etc\/(?:sudoers|shadow|pam|ssh))/.test(arg)),
    positives: [
      'echo key >> ~/.ssh/authorized_keys',
      "echo 'x ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/x",
      'ssh-copy-id host',
    ],
    negatives: ['cat ~/.ssh/authorized_keys', 'echo x >> notes.md'],
  },
  {
    id: 'cloud-grant',
    category: 'privilege',
    says: 'granting rights at a cloud provider or in a cluster',
    programs: ['aws', 'gcloud', 'az', 'kubectl', 'oc', 'vault'],
    matches: grantsAtCloud,
    positives: [
      'aws iam attach-user-policy --user-name x --policy-arn y',
      'aws iam create-access-key --user-name x',
      'gcloud projects add-iam-policy-binding p --member m --role r',
      'az role assignment create --assignee x --role Owner',
      'kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=y',
    ],
    negatives: [
      'aws iam list-users',
      'gcloud projects list',
      'az role assignment list',
      'kubectl get clusterrolebindings',
    ],
  },
];

function opensPermissions({ program, args }: ProgramCall): boolean {
  if (program !== 'chmod') return args.some((arg) => /everyone|^\/reset$|^o[:=]/i.test(arg));
  const { has, operands } = readOptions(args.filter((arg) => !/^-[rwxst]+$/.test(arg)));
  const [mode = '', ...paths] = operands;
  if (/^[2467]\d{3}$/.test(mode) || /(?:^|,)[ugoa]*\+[rwx]*s/.test(mode)) return true;
  const isRecursive = has('R', 'recursive');
  const isProtected = paths.some((path) => ['root', 'home', 'system'].includes(classifyPath(path)));
  if (isRecursive && isProtected) return true;
  const isOpen =
    /^0?[0-7]{2}[2367]$/.test(mode) || /(?:^|,)(?:[ugo]*[oa][ugo]*)?[+=][rx]*w/.test(mode.replace(/^[ug]+\+.*/, ''));
  return isOpen && (isRecursive || isProtected);
}

function changesAccounts({ program, args }: ProgramCall): boolean {
  if (program === 'ufw') return args.some((arg) => /^(?:disable|reset|delete|allow)$/.test(arg));
  if (program === 'iptables' || program === 'ip6tables')
    return !args.some((arg) => /^(?:-[LSC]|--list|--list-rules|--check)$/.test(arg));
  if (program === 'nft') return args.some((arg) => /^(?:flush|delete|add)$/.test(arg));
  if (program === 'net')
    return /^(?:user|localgroup|group)$/i.test(args[0] ?? '') && args.some((arg) => /^\/(?:add|delete)$/i.test(arg));
  if (program === 'setenforce') return args.some((arg) => /^(?:0|permissive)$/i.test(arg));
  return true;
}

function grantsAtCloud({ program, args }: ProgramCall): boolean {
  const has = (pattern: RegExp) => args.some((arg) => pattern.test(arg));
  if (program === 'aws')
    return has(
      /^(?:attach-\w+-policy|put-\w+-policy|create-access-key|add-user-to-group|create-login-profile|update-assume-role-policy)$/,
    );
  if (program === 'gcloud') return has(/^(?:add|set)-iam-policy(?:-binding)?$/);
  if (program === 'az') return has(/^assignment$/) && has(/^create$/);
  if (program === 'vault') return has(/^policy$/) && has(/^write$/);
  return has(/^(?:clusterrolebinding|rolebinding)$/) && has(/^create$/);
}
