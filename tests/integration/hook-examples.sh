#!/bin/bash
# hook-examples.sh: the hooks in examples/hooks, called by runs: post_to_chat against a real listener, and that its address is on
# no command line; clear_django_cache against a project whose manage.py only says what it was asked (a real Django is asked by
# slow/django-cache.sh).
source "$(dirname "$0")/lib.sh"
fresh_database
hooks=$root/examples/hooks

echo "SELECT 10 / min(n) AS tenth FROM source" | query_file tenths.sql
sql "CREATE TABLE source AS SELECT 1 AS n"

# listen STATUS: one request is taken on the socket, written to $work/request, and answered
listen()
{
    rm -f "$work/request" "$work/socket"
    timeout 20 socat "UNIX-LISTEN:$work/socket" "EXEC:$work/answer $1" &
    listener=$!
    wait_until 10 test -S "$work/socket"
}
cat > "$work/answer" << END
#!/bin/sh
# the head, then as many bytes as it says; and who is about just then, for what is on their command lines
length=0
while IFS= read -r line; do
    line=\$(printf %s "\$line" | tr -d '\r')
    [ -n "\$line" ] || break
    printf '%s\n' "\$line" >> '$work/request'
    case \$line in Content-Length:*) length=\${line#*: } ;; esac
done
printf '\n' >> '$work/request'
head -c "\$length" >> '$work/request'
ps -eo args > '$work/processes'
printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "\$*"
END
chmod +x "$work/answer"

# posted: the text of the request
posted()
{
    wait "$listener" 2> /dev/null
    sed '1,/^$/d' "$work/request" | jq -r .text
}

# A file that curl would read has no socket in it, so the script's curl gets that from a configuration of its own, in $HOME.
export HOME=$work
echo "unix-socket = \"$work/socket\"" > "$work/.curlrc"
mkdir -p "$work/.config/matswap"
secret=http://chat.example/services/T0/s3cr3t
printf '%s\n' "$secret" > "$work/.config/matswap/webhook"
chmod 600 "$work/.config/matswap/webhook"

config "after_swap = $hooks/post_to_chat" "after_failure = $hooks/post_to_chat"
listen "200 OK"
matswap run
exits "a run that is posted" 0
posted > "$work/text"
says "what is posted" '^matswap hook-examples: swapped: 1 view in [0-9.]+ s$' "$work/text"
says "it is posted as JSON, to that address" '^POST /services/T0/.*s3cr3t' "$work/request"
says "it is posted as JSON, to that address" '^Content-Type: application/json' "$work/request"
says "curl was at work just then" "curl --config -" "$work/processes"
same "the address is on no command line, and not in the log" "" "$(grep s3cr3t "$work/processes" "$work/err")"

sql "UPDATE source SET n = 0"
echo "SELECT 'a \"quoted\" \\ and \$odd \`text\` ключ' || (1 / 0) AS x" | query_file odd.sql
listen "200 OK"
matswap run
exits "a failure that is posted" 1
posted > "$work/text"
says "what is posted of a failure" '^matswap hook-examples: failed: the old generation serves: .*division by zero' "$work/text"
says "and how to look at it" "^matswap -c $work/matswap.ini report [0-9TZ]+-[0-9a-f]+$" "$work/text"
rm "$work/queries/odd.sql"
sql "UPDATE source SET n = 2"

listen "404 Not Found"
matswap run
exits "a chat that refuses changes nothing" 0
wait "$listener"
says "it is told" "the hook after_swap failed with exit status 22; the last that it said: curl: .*404"
chmod 640 "$work/.config/matswap/webhook"
matswap run
says "an address that others can read is refused" "the last that it said: post_to_chat: .*webhook holds a secret and can be read by others"
rm "$work/.config/matswap/webhook"
matswap run
says "no address at all" "post_to_chat: neither WEBHOOK_URL nor a file .*/.config/matswap/webhook"
listen "200 OK"
WEBHOOK_URL=$secret matswap run
same "the address from the environment, another field" "0 swapped" "$code $(posted | grep -o swapped)"

# ---- Django's cache ----
mkdir -p "$work/backend/venv/bin"
touch "$work/backend/manage.py"
cat > "$work/backend/venv/bin/python" << 'END'
#!/bin/sh
printf '%s|' "$1" "$2" "$3" "$CACHE_ALIASES" "$(cat | wc -c)" "$PWD" > ../python-was-asked
END
chmod +x "$work/backend/venv/bin/python"
config "after_swap = $hooks/clear_django_cache $work/backend pages charts"
matswap run
exits "a run that empties Django's cache" 0
same "its own Python is asked, and gets nothing to read" "manage.py|shell|--command|pages charts|0|$work/backend|" "$(cat "$work/python-was-asked")"
config "after_swap = $hooks/clear_django_cache $work/nowhere"
matswap run
says "a project that is not there" "the hook after_swap failed with exit status 2"
finish
