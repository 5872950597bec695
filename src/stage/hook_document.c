/*
 * hook_document.c: what a hook is told: MATSWAP_… in its environment, and a JSON document on its standard input.
 *
 * docs/hooks.md lists both.  Names are added, and none goes.  A variable that there is nothing to say about is empty, so that
 * a script under `set -u` can ask for it.
 */
#include <stdlib.h>
#include <string.h>

#include "hook_internal.h"
#include "matswap/json.h"
#include "matswap/memory.h"

/* A longer one would keep the command from being started at all (MAX_ARG_STRLEN in execve(2)); the document has all of it. */
static const size_t longest_error = 2000;

/* Our working directory is not the hook's. */
static char *absolute(const void *context, const char *path)
{
    char *resolved = realpath(path, NULL);
    char *result = mem_strdup(context, resolved != NULL ? resolved : path);
    free(resolved);
    return result;
}

/* NULL before the run has a name */
static char *report_command(const void *context, const HookCall *call)
{
    const JournalRun *record = call->run->record;
    if (record == NULL)
        return NULL;
    char *config = absolute(context, call->run->config->path);
    return mem_printf(context, "matswap -c %s report %s", text_shell_word(context, config), record->run);
}

static double duration_ms(const Run *run)
{
    return run->opened_ms > 0 ? stage_clock_ms() - run->opened_ms : -1;
}

static RunCounts counts_of(const HookCall *call)
{
    return account_counts(call->run, call->hook == HOOK_AFTER_SWAP);
}

/* ---- the environment --------------------------------------------------------------------------------------- */

typedef struct Variables
{
    const void *context;
    const char **items;
    size_t count;
} Variables;

static void add(Variables *variables, const char *name, const char *value)
{
    MEM_PUSH(variables->context, variables->items, variables->count,
             mem_printf(variables->context, "MATSWAP_%s=%s", name, value == NULL ? "" : value));
}

/* Below 0 is not known. */
static void add_number(Variables *variables, const char *name, double value, int digits)
{
    add(variables, name, value < 0 ? NULL : mem_printf(variables->context, "%.*f", digits, value));
}

static void add_record(Variables *variables, const JournalRun *record)
{
    add(variables, "RUN", record == NULL ? NULL : record->run);
    add(variables, "STATE", record == NULL ? NULL : run_state_word(record->state));
    add(variables, "STARTED_AT", record == NULL ? NULL : record->started_at);
    add(variables, "SNAPSHOT", record == NULL ? NULL : record->snapshot);
    add(variables, "SNAPSHOT_AT", record == NULL ? NULL : record->snapshot_at);
    add(variables, "DATABASE", record == NULL ? NULL : record->database);
    add(variables, "IS_ROLLBACK", record == NULL ? NULL : record->is_rollback ? "yes" : "no");
    add_number(variables, "LOCK_MS", record == NULL ? -1 : record->lock_ms, 3);
}

/* In one line. */
static char *first_error(const void *context, const HookCall *call)
{
    const JournalRun *record = call->run->record;
    bool told = call->errors != NULL && !errors_empty(call->errors);
    const char *text = told ? error_line(context, call->errors->items[0]) : record != NULL ? record->error : NULL;
    Text *line = text_new(context);
    if (text != NULL)
        text_add_visible(line, mem_strndup(line, text, strcspn(text, "\n")));
    if (line->length <= longest_error)
        return line->data;
    size_t length = longest_error;
    while (length > 0 && ((unsigned char) line->data[length] & 0xC0) == 0x80) /* within a character */
        length--;
    return mem_printf(context, "%.*s…", (int) length, line->data);
}

const char **hook_environment(const void *context, const HookCall *call)
{
    const Run *run = call->run;
    RunCounts counts = counts_of(call);
    Variables variables = {.context = context};
    bool told = call->errors != NULL && !errors_empty(call->errors);
    add(&variables, "HOOK", hook_word(call->hook));
    add_number(&variables, "ATTEMPT", call->attempt, 0);
    add(&variables, "SET", run->config->set);
    add(&variables, "OUTCOME", call->outcome);
    add_number(&variables, "EXIT_CODE", call->exit_code, 0);
    add(&variables, "ERROR_KIND", told ? error_kind_word(call->errors->items[0]->kind) : NULL);
    add(&variables, "ERROR", first_error(context, call));
    add_number(&variables, "DURATION_MS", duration_ms(run), 0);
    add_number(&variables, "VIEWS", (double) counts.views, 0);
    add_number(&variables, "VIEWS_REFRESHED", (double) counts.refreshed, 0);
    add_number(&variables, "VIEWS_FAILED", (double) counts.failed, 0);
    add_number(&variables, "VIEWS_KEPT", (double) counts.kept, 0);
    add_record(&variables, run->record);
    add(&variables, "CONFIG", absolute(context, run->config->path));
    add(&variables, "JOURNAL", absolute(context, run->config->journal));
    add(&variables, "REPORT", report_command(context, call));
    MEM_PUSH(context, variables.items, variables.count, NULL);
    return variables.items;
}

/* ---- the document ------------------------------------------------------------------------------------------ */

static void add_error(Text *json, const Error *error)
{
    text_add(json, "{");
    json_string(json, "kind", error_kind_word(error->kind));
    json_string(json, "message", error->message);
    json_string(json, "remedy", error->remedy);
    json_string(json, "object", error->object);
    json_string(json, "file", error->file);
    json_count(json, "line", error->line > 0 ? error->line : -1);
    json_count(json, "column", error->column > 0 ? error->column : -1);
    json_string(json, "sqlstate", error->sqlstate);
    json_string(json, "server_message", error->server_message);
    json_string(json, "detail", error->detail);
    json_string(json, "hint", error->server_hint);
    json_string(json, "context", error->context);
    json_end_object(json);
}

static void add_errors(Text *json, const Errors *errors)
{
    json_key(json, "errors");
    text_add(json, "[");
    for (size_t i = 0; errors != NULL && i < errors->count; i++)
    {
        add_error(json, errors->items[i]);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

static void add_validation(Text *json, Run *run)
{
    RuleResult *results = run->results;
    size_t count = run->result_count;
    Errors *errors = errors_new(json);
    if (results == NULL && run->record != NULL &&
        journal_verdicts(json, run->journal, run->record, &results, &count, errors) != STATUS_OK)
        count = 0;
    json_key(json, "validation");
    text_add(json, "[");
    for (size_t i = 0; i < count; i++)
    {
        json_rule_result(json, &results[i]);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

static void add_counts(Text *json, RunCounts counts)
{
    json_key(json, "counts");
    text_add(json, "{");
    json_count(json, "views", (int64_t) counts.views);
    json_count(json, "refreshed", (int64_t) counts.refreshed);
    json_count(json, "failed", (int64_t) counts.failed);
    json_count(json, "kept", (int64_t) counts.kept);
    json_end_object(json);
    text_add(json, ",");
}

Text *hook_document(const void *context, const HookCall *call)
{
    const Run *run = call->run;
    Text *json = text_new(context);
    text_add(json, "{");
    json_string(json, "hook", hook_word(call->hook));
    json_count(json, "attempt", call->attempt);
    json_string(json, "set", run->config->set);
    json_string(json, "outcome", call->outcome);
    json_count(json, "exit_code", call->exit_code);
    json_milliseconds(json, "duration_ms", duration_ms(run));
    json_string(json, "config", absolute(json, run->config->path));
    json_string(json, "journal", absolute(json, run->config->journal));
    json_string(json, "report", report_command(json, call));
    add_counts(json, counts_of(call));
    add_errors(json, call->errors);
    add_validation(json, call->run);
    json_key(json, "run");
    if (run->record != NULL)
        json_run(json, run->record);
    else
        text_add(json, "null");
    text_add(json, ",");
    json_end_object(json);
    text_add(json, "\n");
    return json;
}
