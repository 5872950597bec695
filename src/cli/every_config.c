#include "every_internal.h"

#include "matswap/memory.h"

/* Replaces every->options.loaded, and what was made with it. */
static Status put_in_force(Every *every, Config *config, Errors *errors)
{
    Report *report;
    if (cli_open_report(every, &every->options, config, &report, errors) != STATUS_OK)
        return STATUS_FAILED;
    talloc_free(every->options.loaded);
    every->options.loaded = talloc_steal(every, config);
    talloc_free(every->report);
    every->report = report;
    return STATUS_OK;
}

Status every_load(Every *every, Errors *errors)
{
    CliOptions options = every->options;
    CliSet set;
    void *scratch = mem_context(NULL);
    options.context = scratch;
    options.loaded = NULL;
    Status status = cli_load(&options, &set, errors);
    if (status == STATUS_OK)
        status = put_in_force(every, set.config, errors);
    talloc_free(scratch);
    return status;
}

void every_reload(Every *every)
{
    Errors *errors = errors_new(NULL);
    notify_reloading(every->notify);
    if (every_load(every, errors) == STATUS_OK)
    {
        if (every->failures > 0 && every->child.pid == 0)
            every_plan_at(every, every_now());
        every->failures = 0;
        char *when = every_when(NULL, every->due_ms);
        report_line(every->report, "reload", "%s was read again; the next run starts at %s",
                    every->options.loaded->path, when);
        talloc_free(when);
    }
    else
    {
        report_errors(errors);
        report_warning(every->report, "the configuration that was read before stays in force");
    }
    talloc_free(errors);
    notify_send(every->notify, "READY=1");
    every_tell_status(every);
}
