/*
 * validate_queries.c: what rules ask the server, each on whichever worker is idle.
 */
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "validate_internal.h"

enum
{
    STEP_ANSWER = 1
};

typedef struct Asking
{
    Validation *validation;
    size_t next;
    Errors *errors;
} Asking;

RuleQuery *validation_ask(Validation *validation, size_t position)
{
    RuleQuery *query = mem_new(validation->scratch, RuleQuery);
    query->validation = validation;
    query->position = position;
    query->label = name_qualified(query, validation->run->plan->views[position]->name);
    if (validation_judges(validation->run, position))
        MEM_PUSH(validation->scratch, validation->queries, validation->query_count, query);
    return query;
}

static void on_answer(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    RuleQuery *query = task->owner;
    if (rows != NULL && step->tag == STEP_ANSWER)
        query->answer(query, rows);
}

/* A connection that breaks, or a signal, is no verdict on the data. */
static bool is_verdict(RuleQuery *query, const Errors *errors)
{
    return query->refused != NULL && !errors_have(errors, ERROR_CONNECTION) && !errors_have(errors, ERROR_CANCELLED) &&
           query->refused(query, errors);
}

static void on_asked(PgTask *task, Errors *errors, double milliseconds)
{
    Asking *asking = talloc_get_type_abort(talloc_parent(task), Asking);
    RuleQuery *query = task->owner;
    Run *run = asking->validation->run;
    if (errors != NULL && !is_verdict(query, errors))
    {
        if (run->config->on_failure == ON_FAILURE_ISOLATE && isolate_is_own(errors))
            isolate_fail(run, query->position, errors);
        else
            errors_move(asking->errors, errors);
    }
    talloc_free(task);
}

static PgTask *asking_task(Asking *asking, RuleQuery *query)
{
    PgTask *task = mem_new(asking, PgTask);
    task->label = query->label;
    task->owner = query;
    task->on_step = on_answer;
    task->on_done = on_asked;
    Text *begin = text_new(task);
    text_add(begin, SQL_VALIDATE_BEGIN);
    if (query->search_path != NULL)
        text_addf(begin, ";\n%s", PG_SQL(begin, SQL_BUILD_SEARCH_PATH, {"search_path", query->search_path}));
    if (query->role != NULL)
        text_addf(begin, ";\n%s", PG_SQL(begin, SQL_BUILD_ROLE, {"role", query->role}));
    PgOrigin origin = query->origin;
    origin.object = query->label;
    PgStep steps[] = {{.sql = begin->data, .origin = {.object = query->label}},
                      {.sql = query->sql, .origin = origin, .tag = STEP_ANSWER},
                      {.sql = SQL_TRANSACTION_COMMIT, .origin = {.object = query->label}}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        MEM_PUSH(task, task->steps, task->step_count, steps[i]);
    return task;
}

static PgTask *next_question(void *closure)
{
    Asking *asking = closure;
    if (!errors_empty(asking->errors) || asking->next >= asking->validation->query_count)
        return NULL;
    return asking_task(asking, asking->validation->queries[asking->next++]);
}

Status validation_ask_all(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    if (validation->query_count == 0)
        return STATUS_OK;
    Asking *asking = mem_new(validation->scratch, Asking);
    PgOptions options = {.config = run->config, .session_settings = true};
    int jobs = run->options.jobs > 0 ? run->options.jobs : run->config->jobs;
    PgPool *pool;
    asking->validation = validation;
    asking->errors = errors_new(asking);
    char *fence = lock_fence_sql(asking, run->config->set);
    Status status = pg_pool_open(asking, options, jobs, fence, &pool, errors);
    if (status == STATUS_OK)
        status = pg_pool_run(pool, next_question, NULL, asking, errors);
    if (!errors_empty(asking->errors))
        status = STATUS_FAILED;
    errors_move(errors, asking->errors);
    talloc_free(asking);
    return status;
}
