/*
 * The fault points that a run of the program has gone through, one line each: NUMBER KIND DETAIL.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

static const char *const phase_words[] = {
#define X(name, word) word,
    PHASES(X)
#undef X
};

const char *phase_word(Phase phase)
{
    return phase_words[phase];
}

/* What is sent first in a phase, and what phase must have been reached: the rehearsal tries statements of the build. */
static const struct
{
    Phase phase, at_least;
    const char *sql;
} first_messages[] = {
    {PHASE_PREFLIGHT, PHASE_CONNECT, "rolsuper AS superuser"},
    {PHASE_SNAPSHOT, PHASE_PREFLIGHT, "matswap.generation"},
    {PHASE_SNAPSHOT, PHASE_PREFLIGHT, "pg_export_snapshot"},
    {PHASE_BUILD, PHASE_SNAPSHOT, "CREATE MATERIALIZED VIEW"},
    {PHASE_VALIDATE, PHASE_BUILD, "WITH RECURSIVE walk"},
    {PHASE_SWAP, PHASE_CONNECT, "pg_current_xact_id"},
};

/* Phases follow each other; what a message says may only carry the run forward. */
static Phase phase_after(Phase phase, const char *line)
{
    for (size_t i = 0; i < sizeof first_messages / sizeof *first_messages; i++)
        if (phase < first_messages[i].phase && phase >= first_messages[i].at_least &&
            strstr(line, first_messages[i].sql) != NULL)
            phase = first_messages[i].phase;
    return phase;
}

static PointKind kind_of(const char *line)
{
    static const struct
    {
        const char *word;
        PointKind kind;
    } kinds[] = {{"send ", POINT_SEND},   {"receive ", POINT_RECEIVE}, {"create ", POINT_SPACE},
                 {"write ", POINT_SPACE}, {"sync ", POINT_SPACE},      {"mkdir ", POINT_SPACE}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(line, kinds[i].word, strlen(kinds[i].word)) == 0)
            return kinds[i].kind;
    return POINT_FILE;
}

Points *points_read(const void *context, const char *path)
{
    Points *points = mem_new(context, Points);
    Errors *errors = errors_new(points);
    char *text;
    if (text_read_file(points, path, &text, NULL, errors) != STATUS_OK)
        return points;
    Phase phase = PHASE_CONNECT;
    bool committing = false;
    bool settling = false;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
    {
        char *kind;
        long number = strtol(line, &kind, 10);
        if (kind == line || *kind != ' ')
            continue;
        Point point = {.number = (int) number, .kind = kind_of(kind + 1)};
        if (point.kind == POINT_SEND)
        {
            phase = committing ? PHASE_RETIRE : phase_after(phase, line);
            committing = phase == PHASE_SWAP && strstr(line, " Q COMMIT") != NULL; /* not READ COMMITTED */
            settling = settling || strstr(line, "pg_xact_status") != NULL;
        }
        point.phase = phase;
        point.in_doubt = phase == PHASE_SWAP || settling;
        MEM_PUSH(points, points->items, points->count, point);
    }
    talloc_free(text);
    return points;
}

const Point *points_find(const Points *points, int number)
{
    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].number == number)
            return &points->items[i];
    return NULL;
}
