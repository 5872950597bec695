# bash completion for matswap: commands, the options of each, files and words of their values.
# An option listed here and not known to the program, or the reverse, fails tests/unit/test_cli.c.

_matswap()
{
    local cur prev words cword
    _init_completion -s || return

    local commands='init run plan check resume rollback status help'
    local options='--config --quiet --verbose --help --version'
    local command='' i
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
            -c | --config | --until | -j | --jobs | --format | --accept | --reason | --from | --schema | --set) ((i++)) ;;
            -*) ;;
            help) ;;
            *)
                command=${words[i]}
                break
                ;;
        esac
    done

    case $prev in
        -c | --config)
            _filedir
            return
            ;;
        --until)
            COMPREPLY=($(compgen -W 'built validated' -- "$cur"))
            return
            ;;
        --format)
            case $command in
                plan) COMPREPLY=($(compgen -W 'text json dot mermaid' -- "$cur")) ;;
                *) COMPREPLY=($(compgen -W 'text json' -- "$cur")) ;;
            esac
            return
            ;;
        -j | --jobs | --only | --accept | --reason | --from | --schema | --set)
            return
            ;;
    esac

    case $command in
        init) options+=' --from --schema --set --grants --tables' ;;
        run) options+=' --dry-run --until --only --jobs --keep-old --drop-removed --accept --reason' ;;
        plan) options+=' --only --sql --offline --format' ;;
        check) options+=' --only --drop-removed' ;;
        resume) options+=' --accept --reason --strict' ;;
        rollback) options+=' --orphans --yes' ;;
        status) options+=' --format' ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
    elif [[ -z $command ]]; then
        COMPREPLY=($(compgen -W "$commands" -- "$cur"))
    elif [[ $command == init ]]; then
        _filedir -d
    fi
} && complete -F _matswap matswap
