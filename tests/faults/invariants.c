/*
 * What must hold after every trial, whatever died in it.
 */
#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faults_sql.h"
#include "views.h"

void violation_add(Violations *violations, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_checked(talloc_vasprintf(NULL, format, arguments));
    va_end(arguments);
    MEM_PUSH(NULL, violations->items, violations->count, text);
}

typedef struct Live
{
    char *oids;     /* of all views, in the order of their names */
    char *contents; /* likewise */
    char *movers;   /* the transactions that last wrote their rows of pg_class: one, if there is only one line */
    int64_t tick;   /* 0: not one */
} Live;

/* All in one statement, so in one snapshot. */
static bool look_at_live(const void *context, Scenario *scenario, Live *ret_live, Violations *violations)
{
    Text *sql = text_new(context);
    for (size_t i = 0; i < set_view_count; i++)
    {
        const char *schema = set_views[i].schema;
        const char *name = set_views[i].name;
        text_addf(sql, "%sSELECT '%s.%s' COLLATE \"C\" AS view, "
                       "(SELECT c.oid || '|' || c.xmin FROM pg_catalog.pg_class AS c WHERE c.oid = '%s.%s'::pg_catalog.regclass) "
                       "AS relation, min(v.generation), max(v.generation), "
                       "pg_catalog.md5(pg_catalog.string_agg(v::text, '|' ORDER BY v::text)) FROM %s.%s AS v",
                  i > 0 ? " UNION ALL " : "", schema, name, schema, name, schema, name);
    }
    text_add(sql, " ORDER BY view");
    PGresult *result = PQexec(scenario->connection, sql->data);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
    {
        violation_add(violations, "live: %s", PQerrorMessage(scenario->connection));
        PQclear(result);
        return false;
    }
    Text *oids = text_new(context);
    Text *movers = text_new(context);
    *ret_live = (Live){.contents = result_lines(context, result, 4), .tick = atoll(PQgetvalue(result, 0, 2))};
    for (int row = 0; row < PQntuples(result); row++)
    {
        const char *relation = PQgetvalue(result, row, 1);
        size_t oid_length = strcspn(relation, "|");
        text_add(oids, row > 0 ? "," : "");
        text_add_bytes(oids, relation, oid_length);
        if (strstr(movers->data, relation + oid_length) == NULL)
            text_add(movers, relation + oid_length);
        if (atoll(PQgetvalue(result, row, 2)) != ret_live->tick || atoll(PQgetvalue(result, row, 3)) != ret_live->tick)
            violation_add(violations, "live: %s shows generation %s to %s, %s shows %lld", PQgetvalue(result, row, 0),
                          PQgetvalue(result, row, 2), PQgetvalue(result, row, 3), PQgetvalue(result, 0, 0),
                          (long long) ret_live->tick);
    }
    ret_live->oids = oids->data;
    ret_live->movers = movers->data;
    PQclear(result);
    return true;
}

/* ---- matswap.generation --------------------------------------------------------------------------------------- */

static bool has_generations(Scenario *scenario)
{
    PGresult *result = scenario_query(scenario, FAULTS_GENERATION_EXISTS);
    bool found = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return found;
}

/*
 * The swaps of this trial: each moved out what was there before it, and the last moved in what serves now.  Returns
 * how many there were.
 */
static int64_t judge_generations(Scenario *scenario, const Live *live, Violations *violations)
{
    if (!has_generations(scenario))
        return 0;
    const char *parameters[] = {scenario->last_xid};
    PGresult *result = PQexecParams(scenario->connection, FAULTS_GENERATIONS, 1, NULL, parameters, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        bail_out("matswap.generation: %s", PQerrorMessage(scenario->connection));
    int count = PQntuples(result);
    const char *serving = scenario->start_oids;
    for (int row = 0; row < count; row++)
    {
        if (strcmp(PQgetvalue(result, row, 3), serving) != 0)
            violation_add(violations, "generations: the swap of run %s moved out %s, and %s was there",
                          PQgetvalue(result, row, 0), PQgetvalue(result, row, 3), serving);
        if (strcmp(PQgetvalue(result, row, 5), "committed") != 0)
            violation_add(violations, "generations: run %s is there, and its transaction is %s",
                          PQgetvalue(result, row, 0), PQgetvalue(result, row, 5));
        serving = PQgetvalue(result, row, 2);
        scenario_learn(scenario, serving, row == count - 1 ? live->tick : scenario->tick);
    }
    scenario->swaps += count;
    if (count > 0)
    {
        if (atoll(PQgetvalue(result, 0, 4)) != scenario->swaps)
            violation_add(violations, "generations: %s rows, and %lld swaps were committed", PQgetvalue(result, 0, 4),
                          (long long) scenario->swaps);
        scenario->last_run = mem_strdup(scenario, PQgetvalue(result, count - 1, 0));
        scenario->last_xid = mem_strdup(scenario, PQgetvalue(result, count - 1, 1));
        char *mover = mem_printf(scenario, "|%llu", strtoull(scenario->last_xid, NULL, 10) & 0xFFFFFFFF);
        if (strcmp(live->movers, mover) != 0)
            violation_add(violations, "generations: the last swap was transaction %s, the live views were moved by %s",
                          scenario->last_xid, live->movers);
        talloc_free(mover);
    }
    if (strcmp(serving, live->oids) != 0)
        violation_add(violations, "live: relations %s, and the last swap moved in %s", live->oids, serving);
    PQclear(result);
    return count;
}

/* ---- matswap.failure, the audit table --------------------------------------------------------------------------- */

/* A failure is written once, a success with its swap and only with it. */
static void judge_records(Scenario *scenario, Violations *violations)
{
    PGresult *result = scenario_query(scenario, FAULTS_RECORDS);
    for (int row = 0; row < PQntuples(result); row++)
        violation_add(violations, "records: %s", PQgetvalue(result, row, 0));
    PQclear(result);
}

/* ---- what serves, by what the commands have said --------------------------------------------------------------- */

static void judge_contents(Scenario *scenario, const Live *live, Violations *violations)
{
    int64_t known = scenario_tick_of(scenario, live->oids);
    if (known != 0 && known != live->tick)
        violation_add(violations, "live: generation %lld, and these relations held %lld", (long long) live->tick,
                      (long long) known);
    if (live->tick < 1 || live->tick > scenario->tick || scenario->contents[live->tick] == NULL)
        violation_add(violations, "live: generation %lld, which never was", (long long) live->tick);
    else if (strcmp(live->contents, scenario->contents[live->tick]) != 0)
        violation_add(violations, "contents: not what the queries gave at generation %lld", (long long) live->tick);
}

/*
 * Who ended with success has done what it is for.  `start` is the tick that served at the beginning of the trial; a
 * run that was killed after its journal entry leaves nothing for `resume` to say "nothing is unfinished" about.
 */
static void judge_last_command(Scenario *scenario, const Trial *trial, Outcome *const *outcomes, const Live *live,
                               int64_t swaps, int64_t start, Violations *violations)
{
    const char *last = trial->steps[trial->step_count - 1].command;
    bool keeps = scenario->series == SERIES_KEEP || scenario->series == SERIES_ROLLBACK;
    if (strcmp(last, "run") == 0 && live->tick != scenario->tick)
        violation_add(violations, "live: generation %lld after a run at %lld", (long long) live->tick,
                      (long long) scenario->tick);
    if (!keeps && swaps == 0 && live->tick != start)
        violation_add(violations, "live: generation %lld without a swap, %lld was there", (long long) live->tick,
                      (long long) start);
    if (!keeps && trial->step_count == 2 && strcmp(last, "rollback") == 0 && swaps > 0 && outcomes[1]->code == 0)
        violation_add(violations, "exit: `rollback` says that it undid a run which has swapped");
    if (trial->step_count == 2 && strncmp(last, "resume", 6) == 0 && outcomes[0]->code == -1 && !outcomes[0]->hung &&
        scenario->series != SERIES_ROLLBACK && swaps == 0 && journal_has_run_of(scenario, outcomes[0]->pid))
        violation_add(violations, "live: `resume` has not published what the killed run began");
}

/* ---- exit codes ------------------------------------------------------------------------------------------------ */

/* 4: done, but for the group that fails. */
static bool succeeded(const Scenario *scenario, const Outcome *outcome)
{
    return outcome->code == 0 || (scenario->series == SERIES_ISOLATE && outcome->code == 4);
}

static bool code_allowed(const Scenario *scenario, const Trial *trial, size_t index, const Outcome *outcome)
{
    const Step *step = &trial->steps[index];
    if (scenario->series == SERIES_ISOLATE && strcmp(step->command, "run") == 0 && outcome->code == 0)
        return false;
    if (step->action == ACTION_NONE || !outcome->fired)
        /* `rollback` is refused (2) where there is nothing to undo, or nothing to go back to */
        return succeeded(scenario, outcome) ||
               (strcmp(step->command, "rollback") == 0 && outcome->code == 2 && index > 0);
    if (outcome->code == -1)
        return step->action == ACTION_KILL;
    if (step->action == ACTION_KILL)
        return false;
    if (outcome->code == 2)
        return strcmp(step->command, "rollback") == 0 && index > 0;
    /* what an earlier command left may be in doubt from the first message on */
    return succeeded(scenario, outcome) || outcome->code == 1 ||
           (outcome->code == 6 && (outcome->in_doubt || index > 0));
}

static void judge_codes(const Scenario *scenario, const Trial *trial, Outcome *const *outcomes, Violations *violations)
{
    for (size_t i = 0; i < trial->step_count; i++)
    {
        const char *command = trial->steps[i].command;
        if (outcomes[i]->hung)
            violation_add(violations, "hangs: `%s`:\n%s", command, outcomes[i]->activity);
        else if (!code_allowed(scenario, trial, i, outcomes[i]))
            violation_add(violations, "exit: `%s` ends with %d", command, outcomes[i]->code);
        if (outcomes[i]->code > 0 && outcomes[i]->error_length == 0)
            violation_add(violations, "exit: `%s` ends with %d and says nothing", command, outcomes[i]->code);
    }
}

/* A faulted command that says "done" has done it: what follows can then only have added to it. */
static void judge_success(const Scenario *scenario, const Trial *trial, Outcome *const *outcomes, int64_t swaps,
                          Violations *violations)
{
    if (succeeded(scenario, outcomes[0]) && swaps == 0)
        violation_add(violations, "exit: `%s` ends with %d and has not published", trial->steps[0].command,
                      outcomes[0]->code);
}

/* What fails stays as it is. */
static void judge_failing(Scenario *scenario, Violations *violations)
{
    if (scenario->failing_oids == NULL)
        return;
    char *now = scenario_failing_oids(NULL, scenario);
    if (strcmp(now, scenario->failing_oids) != 0)
        violation_add(violations, "isolated: relations %s, and %s were there", now, scenario->failing_oids);
    talloc_free(now);
}

/* ---- leftovers and surroundings -------------------------------------------------------------------------------- */

static bool kept_by_last_run(const Scenario *scenario, const char *name, const char *comment)
{
    bool keeps = scenario->series == SERIES_KEEP || scenario->series == SERIES_ROLLBACK;
    size_t length = strlen(name);
    if (!keeps || scenario->last_run == NULL || length < 4 || strcmp(name + length - 4, "_old") != 0)
        return false;
    char *run = mem_printf(NULL, " run=%s outgoing", scenario->last_run);
    bool found = strstr(comment, run) != NULL;
    talloc_free(run);
    return found;
}

static void judge_leftovers(Scenario *scenario, Violations *violations)
{
    PGresult *result = scenario_query(scenario, FAULTS_LEFTOVERS);
    for (int row = 0; row < PQntuples(result); row++)
    {
        const char *name = PQgetvalue(result, row, 0);
        const char *comment = PQgetvalue(result, row, 1);
        if (!kept_by_last_run(scenario, name, comment))
            violation_add(violations, "leftover: %s (%s)", name, comment);
    }
    PQclear(result);
}

/* A backend whose client has just gone needs a moment to notice. */
static void judge_sessions(Scenario *scenario, Violations *violations)
{
    const struct timespec pause = {0, 10000000};
    for (int tries = 0;; tries++)
    {
        PGresult *result = scenario_query(scenario, FAULTS_SESSIONS);
        bool none = PQntuples(result) == 0;
        if (!none && tries == 200)
            violation_add(violations, "leftover: %s", result_lines(scenario, result, 0));
        PQclear(result);
        if (none || tries == 200)
            return;
        nanosleep(&pause, NULL);
    }
}

/* Lines that are in one text only. */
static void add_missing(Text *text, const char *mark, const char *lines, const char *others)
{
    void *scratch = mem_context(NULL);
    char *rest = mem_strdup(scratch, lines);
    size_t added = 0;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && added < 20;)
        if (strstr(others, line) == NULL && ++added > 0)
            text_addf(text, "\n%s %s", mark, line);
    talloc_free(scratch);
}

static void judge_same(const char *what, const char *start, const char *now, Violations *violations)
{
    if (strcmp(start, now) == 0)
        return;
    Text *text = text_new(NULL);
    add_missing(text, "-", start, now);
    add_missing(text, "+", now, start);
    violation_add(violations, "%s: not as at the start%s", what, text->data);
    talloc_free(text);
}

static void judge_surroundings(Scenario *scenario, bool thorough, Violations *violations)
{
    PGresult *result = scenario_query(scenario, FAULTS_FINGERPRINT);
    char *now = result_lines(NULL, result, 0);
    PQclear(result);
    judge_same("surroundings", scenario->fingerprint, now, violations);
    talloc_free(now);
    if (!thorough || scenario->dump == NULL)
        return;
    char *dump = scenario_dump(scenario, scenario);
    if (dump == NULL)
        violation_add(violations, "pg_dump fails");
    else
        judge_same("pg_dump", scenario->dump, dump, violations);
    talloc_free(dump);
}

void invariants_judge(Scenario *scenario, const Trial *trial, Outcome *const *outcomes, Violations *violations)
{
    Live live;
    void *scratch = mem_context(scenario);
    bool thorough = ++scenario->trials % 50 == 0;
    judge_codes(scenario, trial, outcomes, violations);
    judge_sessions(scenario, violations);
    if (look_at_live(scratch, scenario, &live, violations))
    {
        int64_t start = scenario_tick_of(scenario, scenario->start_oids);
        int64_t swaps = judge_generations(scenario, &live, violations);
        if (swaps > 0) /* else, at the very first, the tables may not be there yet */
            judge_records(scenario, violations);
        judge_contents(scenario, &live, violations);
        judge_success(scenario, trial, outcomes, swaps, violations);
        judge_last_command(scenario, trial, outcomes, &live, swaps, start, violations);
        journal_judge(scenario, live.oids, thorough, violations);
        scenario->start_oids = mem_strdup(scenario, live.oids);
        judge_failing(scenario, violations);
    }
    judge_leftovers(scenario, violations);
    judge_surroundings(scenario, thorough, violations);
    if (reader_violation(scenario->reader) != NULL)
        violation_add(violations, "reader: %s", reader_violation(scenario->reader));
    talloc_free(scratch);
}
