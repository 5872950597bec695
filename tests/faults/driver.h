/*
 * driver.h: what the parts of the fault tests' driver know of each other.
 *
 * A *trial* is: the source moves on by one tick; the program runs with a fault at one numbered point; then one or
 * two other commands follow, as an operator would give them; then the database, the journal and a reader that has
 * been at work the whole time are judged.  A *scenario* is the database and the journal on which trials follow each
 * other: each begins where the last one ended, with whatever generation serves then.
 *
 * The driver knows of the program what stands in its contract only, and shares no SQL with it.
 */
#ifndef MATSWAP_FAULTS_DRIVER_H
#define MATSWAP_FAULTS_DRIVER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "matswap/memory.h"
#include "matswap/text.h"

/* The tests cannot be carried out (which says nothing about the program): TAP's last line, exit status 99. */
void bail_out(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* ---- points.c: the fault points of one run -------------------------------------------------------------------- */

#define PHASES(X)                                                                                                   \
    X(CONNECT, "connect")     /* journal opened, connected, locks */                                                \
    X(PREFLIGHT, "preflight") /* catalog queries, rehearsal */                                                      \
    X(SNAPSHOT, "snapshot")   /* schemas made, snapshot exported */                                                 \
    X(BUILD, "build")                                                                                               \
    X(VALIDATE, "validate")                                                                                         \
    X(SWAP, "swap")     /* from the transaction's id to the answer to its COMMIT */                                 \
    X(RETIRE, "retire") /* the old generation goes; the end */

typedef enum Phase
{
#define X(name, word) PHASE_##name,
    PHASES(X)
#undef X
    PHASE_COUNT
} Phase;
const char *phase_word(Phase phase);

typedef enum PointKind
{
    POINT_SEND,
    POINT_RECEIVE,
    POINT_SPACE, /* a journal's file: a call that a full disk makes fail */
    POINT_FILE   /* one that it does not */
} PointKind;

typedef struct Point
{
    int number;
    PointKind kind;
    Phase phase;
    bool in_doubt; /* a swap may have been committed without the program knowing */
} Point;

typedef struct Points
{
    Point *items;
    size_t count;
} Points;

/* Reads what libfault_points.so wrote to FAULT_POINTS; no file means no points. */
Points *points_read(const void *context, const char *path);
const Point *points_find(const Points *points, int number);

/* ---- trial.c -------------------------------------------------------------------------------------------------- */

/*      name       word         what happens at the point */
#define ACTIONS(X)                                                                                                  \
    X(NONE, "none")                                                                                                 \
    X(KILL, "kill")           /* SIGKILL */                                                                         \
    X(CUT, "cut")             /* the connection breaks before the message has passed */                             \
    X(CUT_AFTER, "cut-after") /* the server has the message, the answer is lost */                                  \
    X(STOP, "stop")           /* the server crashes and is started again */                                         \
    X(DOWN, "down")           /* the server crashes, and stays away until the program has ended */                  \
    X(FULL, "full")           /* from here on the journal's disk is full */                                         \
    X(FULL_ONCE, "full-once") /* this write fails for want of space, later ones do not */

typedef enum Action
{
#define X(name, word) ACTION_##name,
    ACTIONS(X)
#undef X
    ACTION_COUNT
} Action;
const char *action_word(Action action);
bool action_from_word(const char *word, Action *ret_action);
bool action_fits(Action action, PointKind kind);

/* Which command meets the fault, in what situation. */
#define SERIES(X)                                                                                                   \
    X(RUN, "run")           /* `run`; the old generation is dropped */                                              \
    X(KEEP, "keep")         /* `run`; the old generation is kept, and one kept before is there */                   \
    X(RESUME, "resume")     /* `resume` after `run --until=built` */                                                \
    X(ROLLBACK, "rollback") /* `rollback` that swaps back to a kept generation */                                   \
    X(MOVED, "moved")       /* `run`; the source moves on before the next command */                                \
    X(FIRST, "first")       /* `run` on a set that was never swapped */                                             \
    X(ISOLATE, "isolate")   /* `run`, in which a group fails and keeps its old generation */                        \
    X(LOST, "lost")         /* `run`; then the journal is lost */

typedef enum Series
{
#define X(name, word) SERIES_##name,
    SERIES(X)
#undef X
    SERIES_COUNT
} Series;
const char *series_word(Series series);
bool series_from_word(const char *word, Series *ret_series);

typedef struct Step
{
    const char *command; /* as typed: "run", "resume --strict" */
    int point;           /* 0: without a fault */
    Action action;
    bool counted; /* its points are written down, without a fault at any */
} Step;

enum
{
    STEPS_MAX = 4
};

typedef struct Trial
{
    Series series;
    Step steps[STEPS_MAX]; /* the first meets the fault; the last is without one */
    size_t step_count;
} Trial;

/* As the options that repeat it. */
char *trial_describe(const void *context, const Trial *trial);

/* Reads `run`, or `resume@37:kill,run`: the commands after the first. */
bool trial_read_commands(const void *context, Trial *trial, const char *text);

typedef struct Outcome
{
    pid_t pid;
    int code; /* exit code; -1: killed by a signal */
    bool hung;
    bool fired; /* the point was reached */
    int point;  /* where: the action takes the next point that it fits */
    Phase phase;
    bool in_doubt; /* as the point has it */
    const char *fired_line;
    const char *output; /* of both streams */
    size_t error_length;
    const char *points_tail; /* the last points that it came to */
    const char *activity; /* of a command that hung */
    double seconds;
} Outcome;

/* ---- scenario.c ----------------------------------------------------------------------------------------------- */

typedef struct Options
{
    const char *matswap, *library;
    const char *pg_cluster, *cluster; /* scripts/pg-cluster, and the folder that it knows the server by */
    const char *work;
    const char *database;
    uint64_t seed;
    bool verbose;
} Options;

/* Whose contents belong to which tick. */
typedef struct Generation
{
    const char *oids; /* of all views, in the order of their names, with commas */
    int64_t tick;
} Generation;

struct Reader;

typedef struct Scenario
{
    const Options *options;
    PGconn *connection;
    struct Reader *reader;
    uint64_t random;
    Series series;
    bool created;

    int64_t tick;          /* of the source */
    const char **contents; /* by tick: what each query gives, as one text */
    size_t contents_count;
    Generation *generations; /* all that ever served */
    size_t generation_count;
    const char *failing_oids; /* of the views that fail, when there are such */
    const char *start_oids;  /* what serves at the beginning of the trial */
    const char *last_xid;    /* of the last swap known, "0" before the first */
    const char *last_run;    /* its run, or NULL */
    int64_t swaps;           /* rows of matswap.generation */
    int64_t forgotten;       /* of these, what a journal that was lost knew of */
    const char *fingerprint; /* of what surrounds the views */
    const char *dump;        /* pg_dump's opinion; NULL where it has none */
    int64_t trials;          /* since the scenario was made */
    int64_t transactions;    /* of readers that are gone */
} Scenario;



Scenario *scenario_new(const void *context, const Options *options);

/* Database and journal from scratch; the reader starts anew. */
void scenario_create(Scenario *scenario, Series series);
void scenario_tick(Scenario *scenario);
/* The journal is gone, as if somebody had deleted it. */
void scenario_lose_journal(Scenario *scenario);
int64_t scenario_tick_of(const Scenario *scenario, const char *oids); /* 0: unknown */
char *scenario_failing_oids(const void *context, Scenario *scenario);
void scenario_learn(Scenario *scenario, const char *oids, int64_t tick);

/* Statements that have to succeed. */
PGresult *scenario_query(Scenario *scenario, const char *sql);
void scenario_reconnect(Scenario *scenario);
void scenario_start_server(Scenario *scenario);
char *scenario_stop_command(const void *context, const Scenario *scenario, bool start_again);
char *scenario_file(const void *context, const Scenario *scenario, const char *name);
char *scenario_dump(const void *context, const Scenario *scenario);
uint64_t scenario_random(Scenario *scenario, uint64_t below);

/* The column of all rows as lines. */
char *result_lines(const void *context, const PGresult *result, int column);

/* ---- program.c ------------------------------------------------------------------------------------------------ */

double now_s(void);

/* Runs the program once; hands back what became of it.  A command that hangs is killed. */
Outcome *program_run(const void *context, Scenario *scenario, const Step *step);

/* ---- invariants.c --------------------------------------------------------------------------------------------- */

typedef struct Violations
{
    const char **items;
    size_t count;
} Violations;

void violation_add(Violations *violations, const char *format, ...) PRINTF_LIKE(2, 3);

/* All invariants after a trial; also takes down what serves now, for the next one. */
void invariants_judge(Scenario *scenario, const Trial *trial, Outcome *const *outcomes, Violations *violations);

/* ---- journal.c ------------------------------------------------------------------------------------------------ */

/* The journal against what the database says: its swaps, the relations that serve. */
void journal_judge(Scenario *scenario, const char *live_oids, bool thorough, Violations *violations);

/* Has the journal a run that this process of the last trial began? */
bool journal_has_run_of(Scenario *scenario, pid_t pid);

/* ---- reader.c ------------------------------------------------------------------------------------------------- */

typedef struct Reader Reader;

Reader *reader_start(const void *context, const char *database, uint64_t seed);
void reader_stop(Reader *reader);
int64_t reader_transactions(const Reader *reader);
const char *reader_violation(const Reader *reader); /* NULL: none */
/* Between these the server may go away. */
void reader_expect_stop(Reader *reader);
void reader_expect_no_stop(Reader *reader);

/* ---- schedule.c ----------------------------------------------------------------------------------------------- */

typedef struct Schedule
{
    Trial *items;
    Phase *phases; /* parallel: as the counted run has it */
    size_t count;
} Schedule;

/* The command that meets the fault. */
const char *schedule_command(Series series);
/* Every trial that there is for the points. */
Schedule *schedule_all(const void *context, Scenario *scenario, const Points *points);
/* Each point once, with the actions in turn. */
Schedule *schedule_each(const void *context, const Scenario *scenario, const Schedule *all);
/* Some of them, spread over phases and actions. */
Schedule *schedule_sample(const void *context, Scenario *scenario, const Schedule *all, size_t count);
/* Every n-th point, for one of n drivers at work at a time; returns how many of the points these are. */
size_t schedule_shard(Schedule *schedule, const Points *points, size_t shard, size_t shards);

#endif
