/* --every, --at and --jitter. */
#include "every.h"

#include <stdlib.h>
#include <string.h>

#include "schedule.h"

static const int64_t shortest_every_ms = 100, longest_every_ms = (int64_t) 366 * SCHEDULE_DAY_MS;

void every_read(CliOptions *options, const char *value, Errors *errors)
{
    int64_t milliseconds;
    if (!config_read_duration(value, &milliseconds) || milliseconds < shortest_every_ms ||
        milliseconds > longest_every_ms)
        error_remedy(errors_add(errors, ERROR_USAGE, "--every=%s is not a time from 100 ms to 366 days", value),
                     "write a number with a unit: 30s, 15min, 1h, 1d");
    else
        options->every_ms = milliseconds;
}

static bool is_two_digits(const char *text)
{
    return text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
}

void every_read_at(CliOptions *options, const char *value, Errors *errors)
{
    bool formed = strlen(value) == 5 && is_two_digits(value) && value[2] == ':' && is_two_digits(value + 3);
    long hour = formed ? strtol(value, NULL, 10) : 24, minute = formed ? strtol(value + 3, NULL, 10) : 60;
    if (hour > 23 || minute > 59)
        error_remedy(errors_add(errors, ERROR_USAGE, "--at=%s is not a time of the day", value),
                     "write hour and minute of local time: 02:00, 14:30");
    options->has_at = true;
    options->at_minute = (int) (hour * 60 + minute);
}

void every_read_jitter(CliOptions *options, const char *value, Errors *errors)
{
    if (!config_read_duration(value, &options->jitter_ms))
        error_remedy(errors_add(errors, ERROR_USAGE, "--jitter=%s is not a time", value),
                     "write a number with a unit: 30s, 5min");
    options->jitter_given = true;
}

/* What is meant for one run, and what would make no sense from the second on. */
static void complain_endless(const CliOptions *options, Errors *errors)
{
    const RunOptions *run = &options->run;
    const char *once = run->dry_run                ? "--dry-run"
                       : run->until != UNTIL_END   ? "--until"
                       : run->drop_removed         ? "--drop-removed"
                       : options->accept_given > 0 ? "--accept"
                                                   : NULL;
    if (once != NULL)
        error_remedy(errors_add(errors, ERROR_USAGE, "%s is for one run, not for --every", once),
                     "run it once by hand, beside the service");
    if (options->has_at && options->every_ms > SCHEDULE_DAY_MS && options->every_ms % SCHEDULE_DAY_MS != 0)
        error_remedy(
            errors_add(errors, ERROR_USAGE, "--every is neither less than a day nor whole days, which --at asks for"),
            "write --every=1d, --every=7d, or leave --at out");
    if (options->jitter_ms >= options->every_ms)
        error_remedy(errors_add(errors, ERROR_USAGE, "--jitter is not shorter than --every"),
                     "a start must not be put off beyond the next one");
}

void every_check(const CliOptions *options, size_t before, Errors *errors)
{
    if (options->every_ms > 0)
        complain_endless(options, errors);
    else if (errors->count == before && (options->has_at || options->jitter_given))
        error_remedy(errors_add(errors, ERROR_USAGE, "%s says when --every starts a run, which is not given",
                                options->has_at ? "--at" : "--jitter"),
                     "write --every=1d for once a day");
}
