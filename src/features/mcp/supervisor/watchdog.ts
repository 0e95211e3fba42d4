/**
 * The launcher that stands between the gateway and a child. It leads the child's process group and holds one end of a
 * socket (file descriptor 3) whose other end only the gateway has: when the gateway is gone, however it went, the
 * kernel closes that end and the launcher kills the group, and whatever left the group (runaways.ts does the same while
 * there is a gateway). When the child ends by itself, its descendants are killed too. It tells `pid <n>` and
 * `exit <code>` over the same socket.
 *
 * It is a POSIX shell because a shell costs one megabyte where a Node process costs forty. The child's words are
 * positional parameters: no shell ever parses them. `$0` is the child's own TMPDIR, or `-` where it shares one with
 * others. What shells export by themselves is unset again.
 */
export const WATCHDOG_SHELL = '/bin/sh';

export const WATCHDOG_SCRIPT = `
umask 077
trap : TERM HUP INT
hunt() {
  [ "$0" != - ] || return
  self=$(exec /bin/sh -c 'echo $PPID')
  for file in $(grep -lF "TMPDIR=$0" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    pid=\${pid%/environ}
    [ "$pid" = "$self" ] || kill -KILL "$pid"
  done
}
unset PWD OLDPWD SHLVL _
exec 4<&0 5>&1
"$@" <&4 >&5 3>&- 4<&- 5>&- &
child=$!
trap '' PIPE
exec 0</dev/null 1>/dev/null 4<&- 5>&-
echo "pid $child" >&3
(
  trap '' TERM HUP INT
  read -r nothing <&3
  kill -TERM 0
  sleep 2
  hunt
  kill -KILL 0
) 2>/dev/null &
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done
{ echo "exit $code" >&3 || hunt; } 2>/dev/null
kill -KILL 0
`;

/** What the launcher says over its socket. */
export type WatchdogWord =
  | { readonly said: 'pid'; readonly pid: number }
  | { readonly said: 'exit'; readonly code: number };

export function parseWatchdogWord(line: string): WatchdogWord | undefined {
  const match = /^(pid|exit) (\d{1,10})$/.exec(line);
  if (match === null) return undefined;
  const value = Number(match[2]);
  return match[1] === 'pid' ? { said: 'pid', pid: value } : { said: 'exit', code: value };
}

/** A shell's exit status for people: above 128 it is a signal's number. */
export function describeExit(code: number | null): string {
  if (code === null) return 'was killed';
  return code > 128 ? `was ended by signal ${code - 128}` : `exited with status ${code}`;
}
