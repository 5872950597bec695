#!/bin/bash
# docs.sh: what the pages say of the program and of each other: links lead somewhere, command lines have options and
# examples of a configuration have keys that the program knows, and every page is installed and in the index.  No server.
source "$(dirname "$0")/lib.sh"

cd "$root" || exit 1
mapfile -t pages < <(find . -name '*.md' -not -path './build*' -not -path './.git/*' -not -path './subprojects/*' | sort)

# anchors PAGE: those of its headings, as GitHub makes them
anchors()
{
    awk '/^```/ { code = !code } !code && /^#+ / {
        sub(/^#+ +/, ""); $0 = tolower($0)
        while (match($0, /\[[^]]*\]\([^)]*\)/)) {
            link = substr($0, RSTART, RLENGTH); sub(/\]\(.*/, "", link)
            $0 = substr($0, 1, RSTART - 1) substr(link, 2) substr($0, RSTART + RLENGTH)
        }
        gsub(/[^a-z0-9 _-]/, ""); gsub(/ /, "-")
        print seen[$0]++ ? $0 "-" seen[$0] - 1 : $0
    }' "$1"
}

# links PAGE: LINE TARGET of each, outside of code
links()
{
    awk '/^```/ { code = !code } !code {
        while (match($0, /\]\([^) ]+\)/)) {
            print FNR, substr($0, RSTART + 2, RLENGTH - 3)
            $0 = substr($0, RSTART + RLENGTH)
        }
    }' "$1"
}

for page in "${pages[@]}"; do
    anchors "$page" > "$work/anchors${page//\//_}"
done
count=0 broken=0
for page in "${pages[@]}"; do
    while read -r line target; do
        [[ $target != *://* && $target != mailto:* ]] || continue
        count=$((count + 1))
        file=$page anchor=${target#*#}
        [[ $target == '#'* ]] || file=$(dirname "$page")/${target%%#*}
        file=./$(realpath -m --relative-to=. "$file")
        if [ ! -e "$file" ]; then
            broken=$((broken + 1))
            echo "# ${page#./}:$line: $target: there is no such file"
        elif [[ $target == *'#'* && $file == *.md ]] && ! grep -qxF -- "$anchor" "$work/anchors${file//\//_}"; then
            broken=$((broken + 1))
            echo "# ${page#./}:$line: $target: there is no such heading"
        fi
    done < <(links "$page")
done
[ "$count" -gt 50 ] && ok "links were found" || not_ok "only $count links were found"
same "every link leads somewhere" 0 "$broken"

# ---- command lines

# commands PAGE: LINE COMMAND of what begins with `matswap ` in code, up to what is the shell's or a remark
commands()
{
    awk '
        function add(text) {
            while (sub(/^matswap +/, "", text)); # a crontab names a user before the command
            sub(/ *([|&;<>#)[]|  ).*/, "", text); sub(/ 2$/, "", text)
            if (text !~ /^([=:]|[^ ]+:)/) print FNR, text # but for what matswap says
        }
        /^ *```/ { code = !code; said = /```text/; next }
        code && !said && match($0, /(^|[ $(])matswap +-?[a-z]/) {
            text = substr($0, RSTART); sub(/^[^m]/, "", text); add(text)
        }
        !code { while (match($0, /`matswap [^`]*`/)) {
            add(substr($0, RSTART + 1, RLENGTH - 2)); $0 = substr($0, RSTART + RLENGTH) } }' "$1"
}

count=0 unknown=0
for page in "${pages[@]}"; do
    while read -r line text; do
        # what stands for something: COMMAND, KEY, DIR…; and output that speaks of processes and sets
        [[ ! $text =~ ^(process|set=|help\ [A-Z]+$|COMMAND|\() ]] || continue
        eval "words=($text)" 2> /dev/null || read -ra words <<< "$text"
        count=$((count + 1))
        said=$(MATSWAP_CONFIG='' "$MATSWAP" "${words[@]}" --help 2>&1 > /dev/null)
        [[ $said =~ unknown|belong|unexpected|'takes no value' ]] || continue
        unknown=$((unknown + 1))
        echo "# ${page#./}:$line: matswap $text: $said"
    done < <(commands "$page")
done
[ "$count" -gt 50 ] && ok "command lines were found" || not_ok "only $count command lines were found"
same "every command line is one that the program takes" 0 "$unknown"

# ---- examples of a configuration

count=0
while read -r key place; do
    count=$((count + 1))
    "$MATSWAP" help "$key" > /dev/null 2>&1 || echo "# $place: $key is no key"
done < <(awk '/^ *```ini/ { code = 1; section = "?"; next } /^ *```/ { code = 0 }
              FNR == 1 { code = 0 }
              code && /^ *\[/ { section = $1 }
              code && section ~ /^(\?|\[matswap\]|\[view|\[import)/ && match($0, /^[a-z_.]+ *=/) { print $1, FILENAME ":" FNR }' \
             "${pages[@]}" | sort -u -k 1,1) > "$work/unknown"
same "every key of an example is one" "" "$(cat "$work/unknown")"
[ "$count" -gt 20 ] && ok "keys were found" || not_ok "only $count keys were found"

# ---- what is made from the tables

made=$(dirname "$MATSWAP")/src/manual
for command in $("$MATSWAP" --help | sed -n '/^Commands/,/^$/{s/^  \([a-z][a-z]*\)  .*/\1/p}'); do
    [ "$command" = help ] || grep -qx "\.Ss $command" "$made/matswap.1" || echo "# matswap(1) has no $command"
    "$MATSWAP" help "$command" | sed -nE 's/^  (-., |    )-(-[a-z-]+).*/\2/p' | while read -r option; do
        grep -qE -- "^\.It .*Fl $option( |\$)" "$made/matswap.1" || echo "# matswap(1) has no $option"
        [ "$command" = help ] || grep -qF -- " -$option" "$made/matswap" || echo "# bash is not offered $option"
        [ "$command" = help ] || grep -qF -- "-$option" "$made/_matswap" || echo "# zsh is not offered $option"
    done
done > "$work/missing"
sed -n 's/^### `\(.*\)`$/\1/p' docs/configuration.md | while read -r key; do
    grep -qxF -- ".It \\fB$key\\fR" "$made/matswap.ini.5" || echo "# matswap.ini(5) has no $key"
done >> "$work/missing"
grep -nE '@[A-Z_]+@' "$made"/matswap.1 "$made"/matswap.ini.5 "$made"/matswap "$made"/_matswap >> "$work/missing"
same "man pages and completions have every command, option and key" "" "$(cat "$work/missing")"

# ---- pages

for page in docs/*.md; do
    grep -qF "'${page#docs/}'" docs/meson.build || echo "# $page is not installed by docs/meson.build"
    [ "$page" = docs/README.md ] || grep -qF "](${page#docs/})" docs/README.md || echo "# $page is not in docs/README.md"
done > "$work/missing"
same "every page is installed, and in the index" "" "$(cat "$work/missing")"
finish
