# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# event-set.sh: a view of events, one an hour, with a view on it, for the tests of event time; to be sourced, after lib.sh.
fresh_database
export PGTZ=UTC
sql "CREATE TABLE source (id int, at timestamptz, note text)"
query_file events.sql <<< "SELECT id, at, note FROM source"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT id FROM events"

# refill TEXT...: hourly events of the ten days before yesterday midnight UTC, live; then these changes
refill()
{
    query_file events.sql <<< "SELECT id, at, note FROM source"
    sql "TRUNCATE source" \
        "INSERT INTO source SELECT g, date_trunc('day', now()) - interval '1 day' - interval '1 hour' * (240 - g), 'n' FROM generate_series(1, 240) AS g" \
        "DROP MATERIALIZED VIEW IF EXISTS events CASCADE" "CREATE MATERIALIZED VIEW events AS SELECT id, at, note FROM source" \
        "CREATE VIEW plain AS SELECT id FROM events" "$@"
}

# day N: the date that many days before today; mark: the live watermark
day()
{
    sql "SELECT (now() AT TIME ZONE 'UTC')::date - $1"
}
mark="$(day 1)T00:00:00+00:00"
