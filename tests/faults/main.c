/*
 * faults: whatever dies, at whatever instant, the next command reaches a clean state.
 *
 * Counts the fault points of a run, then carries out trials (driver.h) at all of them or at a sample.  Prints TAP: a
 * line for each phase and action that held, and one for each trial that did not, with what repeats it.  The server is
 * that of PGHOST and its kin, made by scripts/pg-cluster; tests/faults/drive.sh starts both.
 */
#include "driver.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bail_out(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("Bail out! ");
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    exit(99);
}

typedef struct Wish
{
    Options options;
    Series series;
    bool all, each;
    size_t sample;
    Trial trial; /* the only one, when its first step has an action */
    size_t shard, shards;
    size_t most_violations;
} Wish;

typedef struct Tally
{
    size_t by_group[PHASE_COUNT][ACTION_COUNT], bad[PHASE_COUNT][ACTION_COUNT];
    size_t by_action[ACTION_COUNT];
    size_t by_command[3], doubles;
    size_t points, trials, not_reached, violated;
    bool *tried; /* by the point's number */
    size_t tried_size;
} Tally;

/* ---- one trial ------------------------------------------------------------------------------------------------- */

static void forget(Violations *violations)
{
    for (size_t i = 0; i < violations->count; i++)
        talloc_free((void *) (uintptr_t) violations->items[i]);
    talloc_free(violations->items);
    *violations = (Violations){0};
}

/* What has to be there before the fault; it has to succeed, and what it leaves is judged as a trial of its own. */
static void prepare(Scenario *scenario, Violations *violations)
{
    void *scratch = mem_context(scenario);
    if (scenario->series == SERIES_FIRST)
        scenario_create(scenario, SERIES_FIRST);
    scenario_tick(scenario);
    if (scenario->series == SERIES_ROLLBACK)
    {
        Trial trial = {.series = SERIES_ROLLBACK, .steps = {{.command = "run"}}, .step_count = 1};
        Outcome *outcome = program_run(scratch, scenario, &trial.steps[0]);
        invariants_judge(scenario, &trial, &outcome, violations);
    }
    else if (scenario->series == SERIES_RESUME)
    {
        const Step step = {.command = "run --until=built"};
        const Outcome *outcome = program_run(scratch, scenario, &step);
        if (outcome->code != 0)
            violation_add(violations, "exit: `%s` ends with %d:\n%s", step.command, outcome->code, outcome->output);
    }
    talloc_free(scratch);
}

static void carry_out(Scenario *scenario, const Trial *trial, Outcome **outcomes, Violations *violations)
{
    prepare(scenario, violations);
    if (violations->count > 0)
        return;
    for (size_t i = 0; i < trial->step_count; i++)
    {
        if (i == 1 && scenario->series == SERIES_MOVED)
            scenario_tick(scenario);
        if (i == 1 && scenario->series == SERIES_LOST)
            scenario_lose_journal(scenario);
        outcomes[i] = program_run(outcomes, scenario, &trial->steps[i]);
    }
    invariants_judge(scenario, trial, outcomes, violations);
}

static void print_lines(const char *text)
{
    char *copy = mem_strdup(NULL, text);
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0')
            printf("#   %s\n", line);
    talloc_free(copy);
}

static void print_violations(const Scenario *scenario, const Trial *trial, Phase phase, Outcome *const *outcomes,
                             const Violations *violations)
{
    const Step *first = &trial->steps[0];
    char *words = trial_describe(scenario, trial);
    printf("not ok faults %s: %s at point %d in %s: %.*s\n", series_word(trial->series), action_word(first->action),
           first->point, phase_word(phase), (int) strcspn(violations->items[0], "\n"), violations->items[0]);
    printf("# repeat: tests/faults/drive.sh %s --seed %llu\n", words, (unsigned long long) scenario->options->seed);
    for (size_t i = 0; i < violations->count; i++)
        print_lines(violations->items[i]);
    for (size_t i = 0; i < trial->step_count && outcomes[i] != NULL; i++)
    {
        printf("# %s: `%s` (process %ld) ended with %d; the point: %s\n", i == 0 ? "faulted" : "next",
               trial->steps[i].command, (long) outcomes[i]->pid, outcomes[i]->code,
               outcomes[i]->fired ? "" : "none, or not reached");
        if (outcomes[i]->fired)
            print_lines(outcomes[i]->fired_line);
        print_lines(outcomes[i]->output);
        print_lines(outcomes[i]->points_tail);
    }
    fflush(stdout);
    talloc_free(words);
}

static void print_trial(const Scenario *scenario, const Trial *trial, Outcome *const *outcomes, double seconds)
{
    char *words = trial_describe(scenario, trial);
    printf("# %.2f s %s", seconds, words);
    for (size_t i = 0; i < trial->step_count && outcomes[i] != NULL; i++)
        printf("; exit %d after %.2f s", outcomes[i]->code, outcomes[i]->seconds);
    printf("\n");
    talloc_free(words);
}

static void count_trial(Tally *tally, const Trial *trial, Phase phase, int point, bool good)
{
    const Step *first = &trial->steps[0];
    tally->trials++;
    tally->violated += good ? 0 : 1;
    tally->bad[phase][first->action] += good ? 0 : 1;
    if (point == 0)
    {
        tally->not_reached++;
        return;
    }
    tally->by_group[phase][first->action]++;
    tally->by_action[first->action]++;
    if ((size_t) point < tally->tried_size)
        tally->tried[point] = true;
    const char *next = trial->steps[1].command;
    tally->by_command[strncmp(next, "resume", 6) == 0 ? 1 : strncmp(next, "rollback", 8) == 0 ? 2 : 0]++;
    tally->doubles += trial->step_count > 2 ? 1 : 0;
}

/* A point beyond the end: with two workers the number of points varies a little, so it gets a second chance. */
static void try_point(Scenario *scenario, const Trial *trial, Phase phase, Tally *tally)
{
    bool done = false;
    for (int chance = 0; chance < 2 && !done; chance++)
    {
        Violations violations = {0};
        Outcome **outcomes = mem_array(scenario, Outcome *, STEPS_MAX);
        double started_s = now_s();
        carry_out(scenario, trial, outcomes, &violations);
        if (scenario->options->verbose)
            print_trial(scenario, trial, outcomes, now_s() - started_s);
        bool reached = outcomes[0] != NULL && outcomes[0]->fired;
        bool good = violations.count == 0;
        done = reached || !good || chance == 1;
        if (!good)
            print_violations(scenario, trial, phase, outcomes, &violations);
        if (done)
            count_trial(tally, trial, phase, reached ? outcomes[0]->point : 0, good);
        if (!good)
            scenario_create(scenario, scenario->series);
        forget(&violations);
        talloc_free(outcomes);
    }
}

/* ---- all trials ------------------------------------------------------------------------------------------------ */

/* One run to get going, one that is counted. */
static Points *count_points(const void *context, Scenario *scenario)
{
    Violations violations = {0};
    Outcome **outcomes = mem_array(scenario, Outcome *, STEPS_MAX);
    Trial trial = {.series = scenario->series, .step_count = 1};
    trial.steps[0].command = schedule_command(scenario->series);
    for (int i = 0; i < 2; i++)
    {
        trial.steps[0].counted = i == 1;
        carry_out(scenario, &trial, outcomes, &violations);
        if (violations.count > 0)
        {
            print_violations(scenario, &trial, PHASE_CONNECT, outcomes, &violations);
            bail_out("a run without a fault is not clean");
        }
    }
    talloc_free(outcomes);
    char *path = scenario_file(NULL, scenario, "points");
    Points *points = points_read(context, path);
    talloc_free(path);
    if (points->count == 0)
        bail_out("%s writes no points", scenario->options->library);
    return points;
}

static void check_reader(Scenario *scenario, int64_t *seen, Tally *tally)
{
    int64_t now = scenario->transactions + reader_transactions(scenario->reader);
    if (now <= *seen)
    {
        printf("not ok faults: the reader has read nothing during the last trials\n");
        tally->violated++;
    }
    *seen = now;
}

static void report_tally(const Scenario *scenario, const Tally *tally, Series series)
{
    for (size_t phase = 0; phase < PHASE_COUNT; phase++)
        for (size_t action = 0; action < ACTION_COUNT; action++)
            if (tally->by_group[phase][action] > 0 && tally->bad[phase][action] == 0)
                printf("ok faults %s: %s in %s: %zu trials\n", series_word(series), action_word(action),
                       phase_word(phase), tally->by_group[phase][action]);
    size_t tried = 0;
    for (size_t i = 0; i < tally->tried_size; i++)
        tried += tally->tried[i] ? 1 : 0;
    printf("# %s: %zu of %zu points tried, %zu experiments:", series_word(series), tried, tally->points, tally->trials);
    const char *comma = "";
    for (size_t action = 0; action < ACTION_COUNT; action++)
        if (tally->by_action[action] > 0)
        {
            printf("%s %s %zu", comma, action_word(action), tally->by_action[action]);
            comma = ",";
        }
    printf("; %zu not reached; next command: run %zu, resume %zu, rollback %zu, %zu of these with a fault of "
           "their own; reader: %lld transactions\n", tally->not_reached, tally->by_command[0], tally->by_command[1],
           tally->by_command[2], tally->doubles,
           (long long) (scenario->transactions + reader_transactions(scenario->reader)));
}

static bool try_all(Scenario *scenario, const Wish *wish)
{
    Points *points = count_points(scenario, scenario);
    Schedule *schedule = schedule_all(scenario, scenario, points);
    if (wish->each)
        schedule = schedule_each(scenario, scenario, schedule);
    else if (!wish->all)
        schedule = schedule_sample(scenario, scenario, schedule, wish->sample);
    size_t share = schedule_shard(schedule, points, wish->shard, wish->shards);
    Tally tally = {.points = share, .tried_size = (size_t) points->items[points->count - 1].number + 1};
    tally.tried = mem_array(schedule, bool, tally.tried_size);
    int64_t seen = 0;
    for (size_t i = 0; i < schedule->count && tally.violated < wish->most_violations; i++)
    {
        try_point(scenario, &schedule->items[i], schedule->phases[i], &tally);
        if (i % 100 == 99 || i + 1 == schedule->count)
            check_reader(scenario, &seen, &tally);
    }
    report_tally(scenario, &tally, wish->series);
    if (tally.violated >= wish->most_violations)
        printf("# stopped after %zu violations\n", tally.violated);
    return tally.violated == 0;
}

/* To repeat what was found. */
static bool try_one(Scenario *scenario, const Wish *wish)
{
    Tally tally = {0};
    count_points(scenario, scenario);
    try_point(scenario, &wish->trial, PHASE_CONNECT, &tally);
    if (tally.violated == 0)
        printf("ok faults %s: %s at point %d%s\n", series_word(wish->series), action_word(wish->trial.steps[0].action),
               wish->trial.steps[0].point, tally.not_reached > 0 ? ", which was not reached" : "");
    return tally.violated == 0;
}

/* ---- the command line ------------------------------------------------------------------------------------------ */

static void usage(void) __attribute__((noreturn));

static void usage(void)
{
    fputs("usage: faults --matswap FILE --library FILE --pg-cluster FILE --cluster DIR --work DIR\n"
          "              [--series run|keep|resume|rollback|moved|first|lost] [--seed N] [--shard I/N]\n"
          "              [--violations N] [--verbose]\n"
          "              --points all|each | --sample K | --point N --action ACTION --command COMMAND[@N:ACTION],…\n",
          stderr);
    exit(2);
}

enum
{
    MATSWAP, LIBRARY, PG_CLUSTER, CLUSTER, WORK, SERIES_OPTION, SEED, SHARD, VIOLATIONS, POINTS, SAMPLE, POINT, ACTION,
    COMMAND, VERBOSE
};

static const struct option long_options[] = {
    {"matswap", required_argument, NULL, MATSWAP},       {"library", required_argument, NULL, LIBRARY},
    {"pg-cluster", required_argument, NULL, PG_CLUSTER}, {"cluster", required_argument, NULL, CLUSTER},
    {"work", required_argument, NULL, WORK},             {"series", required_argument, NULL, SERIES_OPTION},
    {"seed", required_argument, NULL, SEED},             {"shard", required_argument, NULL, SHARD},
    {"violations", required_argument, NULL, VIOLATIONS}, {"points", required_argument, NULL, POINTS},
    {"sample", required_argument, NULL, SAMPLE},         {"point", required_argument, NULL, POINT},
    {"action", required_argument, NULL, ACTION},         {"command", required_argument, NULL, COMMAND},
    {"verbose", no_argument, NULL, VERBOSE},             {NULL, 0, NULL, 0}};

static bool take_option(const void *context, Wish *wish, int option, const char *value)
{
    switch (option)
    {
    case MATSWAP: wish->options.matswap = value; return true;
    case LIBRARY: wish->options.library = value; return true;
    case PG_CLUSTER: wish->options.pg_cluster = value; return true;
    case CLUSTER: wish->options.cluster = value; return true;
    case WORK: wish->options.work = value; return true;
    case SERIES_OPTION: return series_from_word(value, &wish->series);
    case SEED: wish->options.seed = strtoull(value, NULL, 10); return true;
    case SHARD:
        return sscanf(value, "%zu/%zu", &wish->shard, &wish->shards) == 2 && wish->shard-- > 0 &&
               wish->shard < wish->shards;
    case VIOLATIONS: wish->most_violations = strtoull(value, NULL, 10); return true;
    case POINTS:
        wish->all = strcmp(value, "all") == 0;
        wish->each = strcmp(value, "each") == 0;
        return wish->all || wish->each;
    case SAMPLE: return (wish->sample = strtoull(value, NULL, 10)) > 0;
    case POINT: return (wish->trial.steps[0].point = atoi(value)) > 0;
    case ACTION: return action_from_word(value, &wish->trial.steps[0].action);
    case COMMAND: return trial_read_commands(context, &wish->trial, value);
    case VERBOSE: return wish->options.verbose = true;
    default: return false;
    }
}

int main(int count, char **arguments)
{
    void *context = mem_context(NULL);
    Wish wish = {.options = {.database = "faults", .seed = 1}, .shards = 1, .most_violations = 20};
    for (int option; (option = getopt_long(count, arguments, "", long_options, NULL)) != -1;)
        if (!take_option(context, &wish, option, optarg))
            usage();
    bool one = wish.trial.steps[0].action != ACTION_NONE && wish.trial.step_count > 1;
    if (optind < count || wish.options.matswap == NULL || wish.options.library == NULL ||
        wish.options.pg_cluster == NULL || wish.options.cluster == NULL || wish.options.work == NULL ||
        (!one && !wish.all && !wish.each && wish.sample == 0))
        usage();
    setvbuf(stdout, NULL, _IOLBF, 0);
    setenv("PGDATABASE", wish.options.database, 1); /* where the program connects to */
    wish.trial.series = wish.series;
    wish.trial.steps[0].command = schedule_command(wish.series);
    Scenario *scenario = scenario_new(context, &wish.options);
    printf("# seed %llu\n", (unsigned long long) wish.options.seed);
    scenario_create(scenario, wish.series);
    bool good = one ? try_one(scenario, &wish) : try_all(scenario, &wish);
    reader_stop(scenario->reader);
    PQfinish(scenario->connection);
    talloc_free(context);
    return good ? 0 : 1;
}
