/*
 * The journal against the database.  Read without matswap's own code, and without changing the file: a read-only
 * connection leaves what a dead process left.
 */
#include "driver.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *open_journal(Scenario *scenario, Violations *violations)
{
    sqlite3 *journal;
    char *path = scenario_file(NULL, scenario, "state/journal.db");
    if (sqlite3_open_v2(path, &journal, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
    {
        violation_add(violations, "journal: cannot be opened: %s", sqlite3_errmsg(journal));
        sqlite3_close(journal);
        journal = NULL;
    }
    talloc_free(path);
    return journal;
}

/* The first column of the only row as text; "" without a row. */
static char *ask(const void *context, sqlite3 *journal, const char *sql, const char *parameter, Violations *violations)
{
    sqlite3_stmt *statement = NULL;
    char *answer = mem_strdup(context, "");
    if (sqlite3_prepare_v2(journal, sql, -1, &statement, NULL) != SQLITE_OK)
        violation_add(violations, "journal: %s: %s", sql, sqlite3_errmsg(journal));
    else
    {
        if (parameter != NULL)
            sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC);
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
            answer = mem_strdup(context, (const char *) sqlite3_column_text(statement, 0));
        else if (code != SQLITE_ROW && code != SQLITE_DONE)
            violation_add(violations, "journal: %s: %s", sql, sqlite3_errmsg(journal));
    }
    sqlite3_finalize(statement);
    return answer;
}

static void expect(const char *what, const char *expected, const char *found, Violations *violations)
{
    if (strcmp(expected, found) != 0)
        violation_add(violations, "journal: %s: %s, and the database says %s", what, found, expected);
}

void journal_judge(Scenario *scenario, const char *live_oids, bool thorough, Violations *violations)
{
    void *scratch = mem_context(scenario);
    sqlite3 *journal = open_journal(scenario, violations);
    if (journal == NULL)
        return;
    const char *unfinished = ask(scratch, journal,
                                 "SELECT group_concat(name || ' is ' || state, ', ') FROM run "
                                 "WHERE state NOT IN ('done', 'reverted')", NULL, violations);
    if (unfinished[0] != '\0')
        violation_add(violations, "journal: unfinished: %s", unfinished);
    expect("runs that are done", mem_printf(scratch, "%lld", (long long) (scenario->swaps - scenario->forgotten)),
           ask(scratch, journal, "SELECT count(*) FROM run WHERE state = 'done' AND outcome = 'swapped'", NULL,
               violations), violations);
    expect("runs that are done another way", "0",
           ask(scratch, journal, "SELECT count(*) FROM run WHERE (state = 'done') <> (outcome = 'swapped')", NULL,
               violations), violations);
    if (scenario->last_run != NULL)
    {
        expect("the last run that is done", scenario->last_run,
               ask(scratch, journal, "SELECT name FROM run WHERE state = 'done' ORDER BY id DESC LIMIT 1", NULL,
                   violations), violations);
        expect("the transaction of its swap", scenario->last_xid,
               ask(scratch, journal, "SELECT swap_xid FROM run WHERE name = ?", scenario->last_run, violations),
               violations);
        expect("what it moved in", live_oids,
               ask(scratch, journal,
                   "SELECT group_concat(new_oid, ',') FROM (SELECT v.new_oid FROM view AS v "
                   "JOIN run AS r ON r.id = v.run_id WHERE r.name = ? AND v.status <> 'failed' "
                   "AND v.status <> 'isolated' ORDER BY v.schema, v.name)",
                   scenario->last_run, violations), violations);
    }
    if (thorough)
        expect("PRAGMA integrity_check", "ok", ask(scratch, journal, "PRAGMA integrity_check", NULL, violations),
               violations);
    sqlite3_close(journal);
    talloc_free(scratch);
}

bool journal_has_run_of(Scenario *scenario, pid_t pid)
{
    Violations unasked = {0};
    void *scratch = mem_context(scenario);
    sqlite3 *journal = open_journal(scenario, &unasked);
    bool found = false;
    if (journal != NULL)
        /* of the trial's runs: an older one of that pid was another process */
        found = ask(scratch, journal,
                    "SELECT id FROM (SELECT id, pid FROM run ORDER BY id DESC LIMIT 3) AS newest WHERE pid = ?",
                    mem_printf(scratch, "%ld", (long) pid), &unasked)[0] != '\0';
    sqlite3_close(journal);
    talloc_free(scratch);
    return found;
}
