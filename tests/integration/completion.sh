#!/bin/bash
# completion.sh: what bash offers for a half-written command line, from the completion that was made beside the program:
# split into words as readline does it (COMP_WORDBREAKS), read with bash-completion's own helpers.
source "$(dirname "$0")/lib.sh"

completion=$(dirname "$MATSWAP")/src/manual/matswap
helpers=/usr/share/bash-completion/bash_completion
for file in "$completion" "$helpers"; do
    [ -r "$file" ] || { not_ok "$file is there"; finish; }
done
unset MATSWAP_CONFIG
mkdir -p "$work/folder/inner" "$work/bin"
ln -s "$MATSWAP" "$work/bin/matswap"
PATH=$work/bin:$PATH

cat > "$work/driver" <<'DRIVER'
# driver HELPERS COMPLETION LINE: replies for the line with the cursor at its end.
source "$1"
source "$2"
compopt() { :; } # only readline itself has a completion under way that options could be set of
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:@'
COMP_LINE=$3 COMP_POINT=${#3} COMP_WORDS=() COMP_TYPE=9 COMP_KEY=9
word='' rest=$3 last=''
while [[ -n $rest ]]; do
    sign=${rest:0:1} rest=${rest:1}
    case $sign in
    \\)
        word+=$sign${rest:0:1} rest=${rest:1} last=''
        ;;
    ' ')
        [[ -z $word ]] || COMP_WORDS+=("$word")
        word='' last=''
        ;;
    [=:@])
        [[ -z $word ]] || COMP_WORDS+=("$word")
        [[ $last == break ]] && COMP_WORDS[-1]+=$sign || COMP_WORDS+=("$sign")
        word='' last=break
        ;;
    *)
        word+=$sign last=''
        ;;
    esac
done
[[ $last == break ]] || COMP_WORDS+=("$word")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_matswap "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
DRIVER

# offers LINE: what is replied, one on each line; errors too
offers()
{
    (cd "$work/folder" && bash --norc --noprofile "$work/driver" "$helpers" "$completion" "$1" 2>&1)
}

# offered NAME EXPECTED LINE: the words, in this order, on one line
offered()
{
    same "$1" "$2" "$(offers "$3" | paste -sd ' ')"
}

# words_of COMMAND: its options, from its help
words_of()
{
    "$MATSWAP" help "$1" | sed -nE 's/^  (-., |    )(--[a-z-]+).*/\2/p' | paste -sd ' '
}

# ---- commands and options: those of the program, no other

commands=$("$MATSWAP" --help | sed -n '/^Commands/,/^$/{s/^  \([a-z][a-z]*\)  .*/\1/p}' | paste -sd ' ')
offered "commands" "$commands" "matswap "
offered "the command that begins so" "rollback" "matswap ro"
offered "commands after an option with a value" "$commands" "matswap -c x.ini "
for command in $commands; do
    [ "$command" = help ] || offered "options of $command" "$(words_of "$command")" "matswap $command --"
done
offered "an option that begins so" "--dry-run --drop-removed" "matswap run --dr"
offered "none of another command" "" "matswap status --dry"
offered "options before the command" "--config --quiet --verbose --help --version" "matswap --"
offered "keys for help" "max_extra_space max_rows max_shrink max_growth max_lag max_future" "matswap help max_"
# ---- values

offered "words of an option" "built validated" "matswap run --until "
offered "words behind =" "built validated" "matswap run --until="
offered "a word that begins so" "validated" "matswap run --until=v"
offered "formats of a command" "text json dot mermaid names" "matswap plan --format="
offered "formats of another" "text json" "matswap status --format "
offered "nothing for a number" "" "matswap run --jobs "
touch "$work/folder/shop.ini" "$work/folder/inner/a.ini"
same "files for -c" "inner shop.ini" "$(offers "matswap -c " | sort | paste -sd ' ')"
offered "files behind =" "shop.ini" "matswap --config=sh"
offered "folders" "inner" "matswap init "

# ---- names of views, from the configuration that the line names

config
query_file sales.sql <<< "SELECT 1 AS id"
query_file other.stock.sql <<< "SELECT 1 AS id"
query_file odd.sql <<'SQL'
CREATE MATERIALIZED VIEW "two words" AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW "it's" AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW "$(touch pwned)" AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW "größe" AS SELECT 1 AS id;
SQL
export LC_ALL=C.UTF-8
line="matswap -c $work/matswap.ini"
same "all views" "$("$MATSWAP" -c "$work/matswap.ini" plan --offline --format=names | sort)" \
    "$(eval "printf '%s\n' $(offers "$line run --only " | paste -sd ' ')" | sort)"
[ ! -e "$work/folder/pwned" ] && ok "a name is never executed" || not_ok "a name was executed"
offered "a view that begins so" "sales" "$line run --only sa"
offered "behind =" "sales" "$line run --only=sa"
offered "a view more" "sales" "$line run --only other.stock sa"
offered "with its schema" "other.stock" "$line check --only oth"
offered "a blank is quoted" 'two\ words' "$line run --only two"
offered "what is quoted already goes on" 'two\ words' "$line run --only two\\ w"
offered "a configuration behind =" "sales" "matswap --config=$work/matswap.ini run --only sa"
offered "rules" "max_shrink@" "$line run --accept max_sh"
offered "rules behind =" "max_shrink@" "$line run --accept=max_sh"
offered "views of a rule" "sales" "$line run --accept max_shrink@sa"
offered "views of a rule behind =" "sales" "$line run --accept=max_shrink@sa"

# ---- names of runs, from the journal

fresh_database
sql "CREATE SCHEMA other"
matswap run
exits "a run" 0
run=$("$MATSWAP" -c "$work/matswap.ini" history --format=json | jq -r '.runs[0].run')
offered "runs of a report" "$run" "$line report "
offered "a run that begins so" "$run" "$line report ${run:0:10}"
offered "views of a history" "sales" "$line history sa"

# ---- where nothing can be known

MATSWAP_CONFIG=$work/matswap.ini offered "from the environment" "sales" "matswap run --only sa"
offered "nothing, silently, without a configuration" "" "matswap run --only sa"
offered "nor for one that is not there" "" "matswap -c $work/none.ini run --only sa"
echo "SELECT FROM WHERE" > "$work/queries/broken.sql"
offered "nor for one with a mistake" "" "$line run --only sa"
rm "$work/queries/broken.sql"
rm "$work/bin/matswap"
printf '#!/bin/sh\nexec sleep infinity\n' > "$work/bin/matswap"
chmod +x "$work/bin/matswap"
offered "a program that hangs is waited for no longer than a moment" "" "$line run --only sa"
finish
