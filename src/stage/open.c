#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* A closed connection's backend needs a moment to notice; a command typed right after a ^C should not fail. */
static const int usual_patience_ms = 2000;
/* A killed run's backend may be in the middle of a statement (client_connection_check_interval is 1 s). */
static const int dead_run_patience_ms = 30000;

double stage_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

/* Does the journal hold an unfinished run of this host whose process is gone? */
static Status dead_run(Run *run, bool *ret_dead, Errors *errors)
{
    JournalRun *unfinished;
    *ret_dead = false;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    struct utsname host;
    *ret_dead = unfinished != NULL && uname(&host) == 0 && text_equal(unfinished->host, host.nodename) &&
                kill((pid_t) unfinished->pid, 0) != 0 && errno == ESRCH;
    talloc_free(unfinished);
    return STATUS_OK;
}

Status run_open(Run *run, Errors *errors)
{
    bool dead;
    PgOptions options = {.config = run->config, .session_settings = false};
    JournalMode mode = run->options.look_only || run->options.orphans ? JOURNAL_READ_ONLY : JOURNAL_WRITE;
    if (journal_open(run, run->config->journal, mode, &run->journal, errors) != STATUS_OK ||
        pg_connect(run, options, "control", &run->control, errors) != STATUS_OK ||
        dead_run(run, &dead, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (lock_set(run, dead ? dead_run_patience_ms : usual_patience_ms, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run->plan == NULL ? STATUS_OK : lock_schemas(run, errors);
}

Status run_system_identifier(const void *context, PgConnection *control, bool allowed, const char **ret_identifier,
                             Errors *errors)
{
    PgRows *rows;
    *ret_identifier = "";
    if (!allowed)
        return STATUS_OK;
    if (pg_query(context, control, &rows, errors, SQL_PREFLIGHT_SYSTEM, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    *ret_identifier = mem_strdup(context, pg_text(rows, 0, "system_identifier"));
    talloc_free(rows);
    return STATUS_OK;
}

JournalRun *run_record_new(Run *run, RunState state)
{
    struct utsname host;
    JournalRun *record = mem_new(run, JournalRun);
    record->run = journal_run_name(record);
    record->set = run->config->set;
    record->state = state;
    record->started_at = journal_now(record);
    record->host = mem_strdup(record, uname(&host) == 0 ? host.nodename : "");
    record->pid = getpid();
    record->version = MATSWAP_VERSION;
    record->config = run->config->path;
    record->system_identifier = run->preflight->system_identifier;
    record->database = run->preflight->database;
    record->surroundings = run->surroundings;
    record->lock_ms = -1;
    return record;
}

/* A server that restarts answers within a minute, or somebody has to look at it anyway. */
static const int reconnect_patience_ms = 60000;

Status run_reconnect(Run *run, Errors *errors)
{
    PgOptions options = {.config = run->config, .session_settings = false};
    double until_ms = stage_clock_ms() + reconnect_patience_ms;
    for (int pause_ms = 100;; pause_ms = pause_ms < 2000 ? pause_ms * 2 : 2000)
    {
        Errors *attempt = errors_new(run);
        TALLOC_FREE(run->control);
        if (pg_connect(run, options, "control", &run->control, attempt) == STATUS_OK &&
            lock_set(run, reconnect_patience_ms, attempt) == STATUS_OK &&
            (run->plan == NULL || lock_schemas(run, attempt) == STATUS_OK))
        {
            talloc_free(attempt);
            return STATUS_OK;
        }
        if (stage_clock_ms() >= until_ms || errors_have(attempt, ERROR_CANCELLED))
        {
            errors_move(errors, attempt);
            talloc_free(attempt);
            return STATUS_FAILED;
        }
        talloc_free(attempt);
        pg_sleep(pause_ms);
    }
}
