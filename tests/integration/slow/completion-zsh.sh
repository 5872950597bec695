#!/bin/bash
# completion-zsh.sh: what zsh offers for a half-written command line, in a zsh on a pseudo-terminal (zpty) that has loaded
# the completion made beside the program.
source "$(dirname "$0")/../lib.sh"

completion=$(dirname "$MATSWAP")/src/manual/_matswap
command -v zsh > /dev/null && [ -r "$completion" ] || { not_ok "zsh and $completion are there"; finish; }
unset MATSWAP_CONFIG
mkdir -p "$work/functions" "$work/bin" "$work/folder"
cp "$completion" "$work/functions/_matswap"
ln -s "$MATSWAP" "$work/bin/matswap"
touch "$work/folder/shop.ini"
config
query_file sales.sql <<< "SELECT 1 AS id"
fresh_database
matswap run
run=$("$MATSWAP" -c "$work/matswap.ini" history --format=json | jq -r '.runs[0].run')
query_file odd.sql <<'SQL'
CREATE MATERIALIZED VIEW "two words" AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW "$(touch pwned)" AS SELECT 1 AS id;
SQL

# The inner shell inserts all that is offered (_all_matches), then writes the line to a file.
cat > "$work/inner" <<'ZSH'
PATH=$WORK/bin:$PATH PS1='> '
cd $WORK/folder
fpath=($WORK/functions $fpath)
autoload -U compinit && compinit -u -d $WORK/dump
zstyle ':completion:*' completer _complete
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert yes
zstyle ':completion:all-matches:*' old-matches no
zle -C all-matches complete-word _generic
show() { print -r -- $BUFFER > $WORK/line.part; mv $WORK/line.part $WORK/line; BUFFER= }
zle -N show
bindkey '^Xa' all-matches
bindkey '^Xs' show
print ready > $WORK/ready
ZSH
cat > "$work/driver" <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "source $WORK/inner"
until [[ -e $WORK/ready ]]; do sleep 0.05; done
while IFS= read -r line; do
    zpty -w -n shell "$line"$'\C-xa\C-xs'
    until [[ -e $WORK/line ]]; do
        while zpty -r -t shell output; do print -r -- "$output" >> $WORK/screen; done
        sleep 0.05
    done
    cat $WORK/line
    rm $WORK/line
done
ZSH

lines=() names=() wanted=()
# offered NAME EXPECTED LINE: the line as it is when everything offered has been inserted
offered()
{
    names+=("$1") wanted+=("$2") lines+=("$3")
}
commands=$("$MATSWAP" --help | sed -n '/^Commands/,/^$/{s/^  \(r[a-z]*\)  .*/\1/p}' | paste -sd ' ')
offered "commands that begin so" "matswap $commands " "matswap r"
offered "an option that begins so" "matswap run --drop-removed --dry-run " "matswap run --dr"
offered "words of an option" "matswap run --until=built --until=validated " "matswap run --until="
offered "formats of a command" "matswap status --format=json --format=text " "matswap status --format="
offered "nothing of another command" "matswap status --dry" "matswap status --dry"
offered "a file" "matswap -c shop.ini " "matswap -c sh"
offered "a view" "matswap -c ../matswap.ini run --only=sales " "matswap -c ../matswap.ini run --only=sa"
offered "a view more" "matswap -c ../matswap.ini run --only sales sales " "matswap -c ../matswap.ini run --only sales sa"
offered "a blank is quoted" "matswap -c ../matswap.ini run --only two\\ words " "matswap -c ../matswap.ini run --only tw"
offered "a name is inert" "matswap -c ../matswap.ini run --only \\\$\\(touch\\ pwned\\) " \
    "matswap -c ../matswap.ini run --only \\\$"
offered "a rule" "matswap run --accept=max_shrink@" "matswap run --accept=max_sh"
offered "a view of a rule" "matswap -c ../matswap.ini run --accept=max_shrink@sales " \
    "matswap -c ../matswap.ini run --accept=max_shrink@sa"
offered "a run" "matswap -c ../matswap.ini report $run " "matswap -c ../matswap.ini report ${run:0:4}"
offered "keys for help" "matswap help max_shrink " "matswap help max_sh"
offered "nothing without a configuration" "matswap run --only sa" "matswap run --only sa"

printf '%s\n' "${lines[@]}" | WORK=$work timeout 120 zsh -f "$work/driver" > "$work/replies" 2> "$work/driver.err"
mapfile -t replies < "$work/replies"
for i in "${!lines[@]}"; do
    # the order of what is offered is zsh's
    same "${names[i]}" "$(xargs -n 1 <<< "${wanted[i]//\\/\\\\}" | sort)" "$(xargs -n 1 <<< "${replies[i]//\\/\\\\}" | sort)"
done
[ ! -e "$work/folder/pwned" ] && ok "nothing was executed" || not_ok "a name was executed"
same "and nothing was complained of" "" "$(cat "$work/driver.err")"
finish
