import { FORK_BOMB } from '../shell/fork-bomb.ts';
import { readOptions } from '../shell/options.ts';
import type { CommandRule } from './rule.ts';

export const PROCESS_POWER_RULES: readonly CommandRule[] = [
  {
    id: 'kill-everything',
    category: 'process-power',
    says: 'killing every process, or a process that the machine needs',
    programs: ['kill', 'stop-process', 'tskill'],
    matches: ({ program, args }) => {
      if (program !== 'kill') return args.some((arg) => arg.includes('*'));
      const targets = args.filter((arg, index) => !(index === 0 && /^-(?:\d+|[A-Z]+)$/i.test(arg) && args.length > 1));
      return targets.some((arg) => /^(?:-1|0|1)$/.test(arg));
    },
    positives: ['kill -9 -1', 'kill -KILL -1', 'kill -9 1', 'kill 0', 'kill -s KILL -- -1'],
    negatives: ['kill 12345', 'kill -9 12345', 'kill $(cat server.pid)', 'kill -l', 'kill %2'],
  },
  {
    id: 'kill-by-name',
    category: 'process-power',
    says: "killing processes by name, which hits other people's too",
    programs: ['killall', 'pkill', 'taskkill', 'skill', 'killall5', 'xkill'],
    matches: ({ program, args }) => {
      if (program === 'taskkill') return args.some((arg) => /^\/im$/i.test(arg));
      return !args.some((arg) => /^(?:-l|--list|--help|-V|-0)$/.test(arg));
    },
    positives: ['killall node', 'pkill -f python', 'pkill -9 -u me', 'taskkill /F /IM chrome.exe'],
    negatives: ['pgrep -f python', 'killall -l', 'taskkill /PID 42'],
  },
  {
    id: 'shut-down',
    category: 'process-power',
    says: 'shutting down or restarting the machine',
    programs: [
      'shutdown',
      'reboot',
      'halt',
      'poweroff',
      'init',
      'telinit',
      'stop-computer',
      'restart-computer',
      '>',
      'tee',
    ],
    matches: ({ program, args }) => {
      if (program === 'init' || program === 'telinit') return args.some((arg) => /^[06]$/.test(arg));
      if (program === '>' || program === 'tee') return args.some((arg) => arg === '/proc/sysrq-trigger');
      return !args.some((arg) => /^(?:-c|--help|--show|\/a)$/.test(arg));
    },
    positives: ['shutdown -h now', 'reboot', 'poweroff', 'init 0', 'echo b > /proc/sysrq-trigger', 'sudo halt -p'],
    negatives: ['shutdown -c', 'npm init', 'git init', 'init 3'],
  },
  {
    id: 'stop-service',
    category: 'process-power',
    says: 'stopping or disabling a service',
    programs: ['systemctl', 'service', 'launchctl', 'rc-service', 'sc', 'stop-service', 'supervisorctl', 'loginctl'],
    matches: ({ program, args }) => {
      const { operands } = readOptions(args, ['-H', '-M', '-t']);
      const stops =
        /^(?:stop|disable|mask|kill|isolate|poweroff|reboot|halt|kexec|suspend|hibernate|emergency|rescue)$/;
      if (program === 'service' || program === 'rc-service') return operands[1] === 'stop';
      if (program === 'launchctl') return /^(?:unload|bootout|remove|kill|stop)$/.test(operands[0] ?? '');
      if (program === 'sc') return /^(?:stop|delete)$/.test(operands[0] ?? '');
      if (program === 'stop-service') return true;
      return stops.test(operands[0] ?? '') || /^terminate-/.test(operands[0] ?? '');
    },
    positives: [
      'systemctl stop nginx',
      'systemctl --user disable x',
      'service postgresql stop',
      'launchctl bootout system/x',
      'systemctl poweroff',
    ],
    negatives: ['systemctl status nginx', 'systemctl restart nginx', 'service nginx status', 'launchctl list'],
  },
  {
    id: 'fork-bomb',
    category: 'process-power',
    says: 'starting processes without end',
    programs: [FORK_BOMB],
    matches: () => true,
    positives: [':(){ :|:& };:', 'bomb() { bomb | bomb & }; bomb'],
    negatives: ['f() { echo x | cat & }; f', 'walk() { for d in *; do walk "$d"; done; }; walk'],
  },
  {
    id: 'remove-schedule',
    category: 'process-power',
    says: 'removing the whole schedule of a user',
    programs: ['crontab'],
    matches: ({ args }) => readOptions(args, ['-u']).has('r'),
    positives: ['crontab -r', 'crontab -u me -r'],
    negatives: ['crontab -l', 'crontab file'],
  },
];
