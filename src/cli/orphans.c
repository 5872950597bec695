/* `rollback --orphans`: what the journal does not account for is shown, and removed by one who has seen it. */
#include <poll.h>
#include <strings.h>
#include <unistd.h>

#include "generation.h"
#include "matswap/memory.h"

Name *cli_known_views(const CliOptions *options, size_t *ret_count)
{
    CliSet set;
    Name *names = NULL;
    Errors *ignored = errors_new(options->context);
    *ret_count = 0;
    if (cli_load(options, &set, ignored) == STATUS_OK)
        for (size_t i = 0; i < set.plan->view_count; i++)
            MEM_PUSH(options->context, names, *ret_count, set.plan->views[i]->name);
    return names;
}

/* ^C must end the question, too: poll() is not restarted after a signal's handler (signal(7)), fgets() would be. */
static bool is_answered(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!pg_interrupted())
        if (poll(&input, 1, 1000) > 0)
            return true;
    return false;
}

/* Asks on a terminal only: what is read from a pipe was not written by somebody who has seen the table. */
static bool is_agreed(const CliOptions *options)
{
    char answer[16];
    if (options->yes)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    fputs("remove these? [y/N] ", stderr);
    return is_answered() && fgets(answer, sizeof answer, stdin) != NULL &&
           (strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0);
}

static Status refuse(Errors *errors)
{
    if (pg_interrupted())
        errors_add(errors, ERROR_CANCELLED, "interrupted: nothing was removed");
    else
        error_remedy(errors_add(errors, ERROR_REFUSED, "nothing was removed"),
                     "`matswap rollback --orphans --yes` removes what is listed");
    return STATUS_FAILED;
}

static void say_unfinished(const Run *run, const JournalRun *unfinished)
{
    if (unfinished != NULL)
        report_line(run->report, "orphans", "run %s is unfinished in the journal, and not shown: `matswap rollback` "
                    "removes it", unfinished->run);
}

Status cli_orphans_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    size_t known_count;
    Leftovers *leftovers;
    JournalRun *unfinished = NULL;
    const Name *known = cli_known_views(options, &known_count);
    if (generation_open(options, false, &run, errors) != STATUS_OK ||
        orphans_find(run, known, known_count, &leftovers, errors) != STATUS_OK ||
        orphans_measure(run, leftovers, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->journal != NULL &&
        journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    say_unfinished(run, unfinished);
    if (leftovers->count == 0)
    {
        report_line(run->report, "orphans", "no run of set %s has left anything that the journal does not know",
                    run->config->set);
        return STATUS_OK;
    }
    report_leftovers(stdout, leftovers);
    fflush(stdout); /* before the question; main() sees to a failure */
    if (!is_agreed(options))
        return refuse(errors);
    if (orphans_remove(run, leftovers, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "orphans", "removed what is listed");
    return STATUS_OK;
}
