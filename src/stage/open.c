#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

double stage_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

Status run_open(Run *run, Errors *errors)
{
    run->opened_ms = stage_clock_ms();
    PgOptions options = {.config = run->config, .lock_timeout_ms = run->config->swap_timeout_ms};
    JournalMode mode = run->options.look_only || run->options.orphans ? JOURNAL_READ_ONLY : JOURNAL_WRITE;
    if (journal_open(run, run->config->journal, mode, &run->journal, errors) != STATUS_OK ||
        pg_connect(run, options, lock_control_label(run, run->config->set), &run->control, errors) != STATUS_OK ||
        lock_set(run, lock_usual_patience, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run->plan == NULL ? STATUS_OK : lock_schemas(run, lock_usual_patience, errors);
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

void run_record_process(const Run *run, JournalRun *record)
{
    struct utsname host;
    record->host = mem_strdup(run, uname(&host) == 0 ? host.nodename : "");
    record->pid = getpid();
    record->version = MATSWAP_VERSION;
    record->config = run->config->path;
}

JournalRun *run_record_new(Run *run, RunState state)
{
    JournalRun *record = mem_new(run, JournalRun);
    record->run = journal_run_name(record);
    report_run_started(run->report, record->run);
    record->set = run->config->set;
    record->state = state;
    record->started_at = journal_now(record);
    run_record_process(run, record);
    record->system_identifier = run->preflight->system_identifier;
    record->database = run->preflight->database;
    record->surroundings = run->surroundings;
    record->settings = account_settings(record, run);
    record->lock_ms = -1;
    record->lock_wait_total_ms = -1;
    record->lock_wait_longest_ms = -1;
    return record;
}
