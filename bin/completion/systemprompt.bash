# Completion of systemprompt for bash. The words go to the program as they were typed; none of them is evaluated.
_systemprompt() {
  local typed=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^=:@]/} program=${COMP_WORDS[0]} known= value summary
  local -a words
  read -r -a words <<< "$typed"
  [[ $typed == *[[:space:]] ]] && words+=('')
  local current=${words[${#words[@]} - 1]}
  # Readline replaces what stands after the last of its own word breaks, so what stands before it is left out.
  [[ -n $breaks ]] && known=${current%"${current##*[$breaks]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r value summary; do
    if [[ $value == :files ]]; then
      compopt -o default 2> /dev/null
    elif [[ $value == "$current"* ]]; then
      COMPREPLY+=("${value#"$known"}")
    fi
  done < <("${program/#~\//$HOME/}" complete -- "${words[@]:1}" 2> /dev/null)
}
complete -F _systemprompt systemprompt
