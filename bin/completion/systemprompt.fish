# Completion of systemprompt for fish. The words go to the program as they were typed; none of them is evaluated.
function __systemprompt_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    $program complete -- $words "$current" 2>/dev/null | while read -l line
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            printf '%s\n' $line
        end
    end
end
complete -c systemprompt -f -a '(__systemprompt_complete)'
