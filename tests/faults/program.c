/*
 * Running the program, with a fault or without one.
 */
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults_sql.h"

/* A command takes less than a second here, and a patience or a lock timeout of its own at most a few. */
static const double patience_s = 60;

/* What the fault library calls the action. */
static const char *library_action(Action action)
{
    return action == ACTION_STOP || action == ACTION_DOWN ? "command" : action_word(action);
}

static void set_fault(const void *scratch, const Scenario *scenario, const Step *step)
{
    setenv("LD_PRELOAD", scenario->options->library, 1);
    setenv("FAULT_POINTS", scenario_file(scratch, scenario, "points"), 1);
    setenv("FAULT_FIRED", scenario_file(scratch, scenario, "fired"), 1);
    if (step->action == ACTION_NONE)
        return;
    setenv("FAULT_AT", mem_printf(scratch, "%d", step->point), 1);
    setenv("FAULT_ACTION", library_action(step->action), 1);
    if (step->action == ACTION_STOP || step->action == ACTION_DOWN)
        setenv("FAULT_COMMAND", scenario_stop_command(scratch, scenario, step->action == ACTION_STOP), 1);
}

static void redirect(const char *path, int flags, int descriptor)
{
    int file = open(path, flags, 0600);
    if (file < 0 || dup2(file, descriptor) < 0)
        _exit(126);
    close(file);
}

/* In the child. */
static void become_program(const void *scratch, const Scenario *scenario, const Step *step) __attribute__((noreturn));

static void become_program(const void *scratch, const Scenario *scenario, const Step *step)
{
    char *words = mem_strdup(scratch, step->command);
    char *arguments[16] = {mem_strdup(scratch, scenario->options->matswap), mem_strdup(scratch, "-c"),
                           scenario_file(scratch, scenario, "matswap.ini")};
    size_t count = 3;
    for (char *word; count < 15 && (word = strsep(&words, " ")) != NULL;)
        arguments[count++] = word;
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(scenario_file(scratch, scenario, "out"), O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    redirect(scenario_file(scratch, scenario, "err"), O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (step->counted || step->action != ACTION_NONE)
        set_fault(scratch, scenario, step);
    execv(arguments[0], arguments);
    _exit(127);
}

double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* What the server says of a program that hangs. */
static const char *activity(const void *context, Scenario *scenario)
{
    PGresult *result = PQexec(scenario->connection, FAULTS_ACTIVITY);
    char *lines = PQresultStatus(result) == PGRES_TUPLES_OK ? result_lines(context, result, 0)
                                                            : mem_strdup(context, PQerrorMessage(scenario->connection));
    PQclear(result);
    return lines;
}

static void wait_for_end(const void *context, Scenario *scenario, Outcome *outcome)
{
    double until_s = now_s() + patience_s;
    int status;
    const struct timespec pause = {0, 1000000};
    while (waitpid(outcome->pid, &status, WNOHANG) == 0)
    {
        if (now_s() > until_s)
        {
            outcome->hung = true;
            outcome->activity = activity(context, scenario);
            kill(outcome->pid, SIGKILL);
            waitpid(outcome->pid, &status, 0);
            break;
        }
        nanosleep(&pause, NULL);
    }
    outcome->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *read_if_there(const void *context, const char *path, size_t *ret_length)
{
    char *text;
    Errors *errors = errors_new(context);
    if (text_read_file(context, path, &text, ret_length, errors) != STATUS_OK)
    {
        text = mem_strdup(context, "");
        *ret_length = 0;
    }
    talloc_free(errors);
    return text;
}

static const char *last_lines(const char *text, size_t count)
{
    const char *from = text + strlen(text);
    while (from > text && (from[-1] != '\n' || count-- > 0))
        from--;
    return from;
}

static void read_traces(const void *context, const Scenario *scenario, const Step *step, Outcome *outcome)
{
    size_t length;
    char *out = read_if_there(context, scenario_file(context, scenario, "out"), &length);
    char *err = read_if_there(context, scenario_file(context, scenario, "err"), &outcome->error_length);
    outcome->output = mem_printf(context, "%s%s", err, out);
    outcome->points_tail = "";
    if (step->action == ACTION_NONE)
        return;
    char *points_path = scenario_file(context, scenario, "points");
    outcome->fired_line = read_if_there(context, scenario_file(context, scenario, "fired"), &length);
    outcome->fired = length > 0;
    outcome->point = atoi(outcome->fired_line);
    outcome->points_tail = last_lines(read_if_there(context, points_path, &length), 12);
    const Point *point = points_find(points_read(context, points_path), outcome->point);
    if (point != NULL)
    {
        outcome->phase = point->phase;
        outcome->in_doubt = point->in_doubt;
    }
}

Outcome *program_run(const void *context, Scenario *scenario, const Step *step)
{
    Outcome *outcome = mem_new(context, Outcome);
    bool stops = step->action == ACTION_STOP || step->action == ACTION_DOWN;
    unlink(scenario_file(outcome, scenario, "points"));
    unlink(scenario_file(outcome, scenario, "fired"));
    if (stops)
        reader_expect_stop(scenario->reader);
    double started_s = now_s();
    outcome->pid = fork();
    if (outcome->pid < 0)
        bail_out("cannot fork: %s", strerror(errno));
    if (outcome->pid == 0)
        become_program(outcome, scenario, step);
    wait_for_end(outcome, scenario, outcome);
    outcome->seconds = now_s() - started_s;
    read_traces(outcome, scenario, step, outcome);
    if (outcome->code == 127 || outcome->code == 70) /* the fault library's own trouble */
        bail_out("cannot execute %s with %s: %s", scenario->options->matswap, scenario->options->library,
                 outcome->output);
    if (stops)
    {
        scenario_start_server(scenario);
        scenario_reconnect(scenario);
        reader_expect_no_stop(scenario->reader);
    }
    return outcome;
}
