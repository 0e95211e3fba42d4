#compdef systemprompt
# Completion of systemprompt for zsh. The words go to the program as they were typed; none of them is evaluated.
_systemprompt() {
  local -a candidates
  local line value files program=${words[1]/#\~\//$HOME/}
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    if [[ $line == :files ]]; then
      files=1
    elif [[ $line == *$'\t'* ]]; then
      candidates+=("${value//:/\\:}:${line#*$'\t'}")
    else
      candidates+=("${value//:/\\:}")
    fi
  done < <("$program" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)
  (( $#candidates )) && _describe systemprompt candidates
  [[ -n $files ]] && _files
  return 0
}
if [[ ${funcstack[1]} == _systemprompt ]]; then _systemprompt "$@"; else compdef _systemprompt systemprompt; fi
