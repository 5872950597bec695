/*
 * space.c: how much disk the new generation takes, and whether that is too much.
 *
 * The live generation is the measure: matswap has built it from nothing, and built of the same data the new one comes out
 * the same.  A live view that REFRESH CONCURRENTLY has been at for years may be larger than what replaces it.
 */
#include "space.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

/* Largest views that a message names. */
static const size_t shown_views = 3;

/* ---- places ------------------------------------------------------------------------------------------------- */

static SpacePlace *place_of(Space *space, const char *tablespace)
{
    for (size_t i = 0; i < space->place_count; i++)
        if (strcmp(space->places[i].tablespace, tablespace) == 0)
            return &space->places[i];
    const SpacePlace place = {.tablespace = mem_strdup(space, tablespace), .location = "", .disk = SIZE_MAX};
    MEM_PUSH(space, space->places, space->place_count, place);
    return &space->places[space->place_count - 1];
}

/* Where the files want the view, or its index, to be; NULL: where the live one is. */
static const char *stated_place(const PlanView *view, const char *index)
{
    const char *tablespace = NULL;
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *statement = view->statements[i].source;
        bool about_index = statement->phase == SQL_INDEX || statement->phase == SQL_INDEX_ATTRIBUTE;
        if (statement->tablespace != NULL && about_index == (index != NULL) &&
            (index == NULL || text_equal(statement->object, index)))
            tablespace = statement->tablespace;
    }
    return tablespace;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const SpacePlace *) a)->tablespace, ((const SpacePlace *) b)->tablespace);
}

static int by_size(const void *a, const void *b)
{
    int64_t left = ((const SpaceView *) a)->bytes, right = ((const SpaceView *) b)->bytes;
    return left == right ? 0 : left > right ? -1 : 1;
}

/* ---- the views ---------------------------------------------------------------------------------------------- */

/* A resumed run has some of its views already. */
static bool is_built(const Run *run, const PlanView *view)
{
    for (size_t i = 0; run->record != NULL && i < run->record->view_count; i++)
        if (name_equal(run->record->views[i].name, view->name))
            return run->record->views[i].new_oid != 0;
    return false;
}

/* The relation that the size of a view with rows is guessed by; 0: none, or one that was never populated. */
static uint32_t measure_of(const Run *run, const PlanView *view)
{
    const LiveView *live = former_predecessor(run, view).live;
    return view_kind_is_stored(view->kind) && live->populated ? live->oid : 0;
}

static Status ask_sizes(Run *run, const void *memory, const uint32_t *oids, size_t count, PgRows **ret_rows,
                        Errors *errors)
{
    const char *parameter = array_of_oids(memory, oids, count);
    return pg_query(memory, run->control, ret_rows, errors, SQL_SPACE_RELATIONS, 1, &parameter);
}

static Status measure_views(Run *run, Space *space, void *scratch, Errors *errors)
{
    const Plan *plan = run->plan;
    uint32_t *oids = mem_array(scratch, uint32_t, plan->view_count);
    int64_t *bytes = mem_array(scratch, int64_t, plan->view_count);
    PgRows *rows;
    for (size_t i = 0; i < plan->view_count; i++)
        oids[i] = is_built(run, plan->views[i]) ? 0 : measure_of(run, plan->views[i]);
    if (ask_sizes(run, scratch, oids, plan->view_count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t i = (size_t) pg_integer(rows, row, "n") - 1;
        const char *stated = stated_place(plan->views[i], pg_value(rows, row, "index"));
        SpacePlace *place = place_of(space, stated != NULL ? stated : pg_text(rows, row, "tablespace"));
        place->incoming += pg_integer(rows, row, "bytes");
        bytes[i] += pg_integer(rows, row, "bytes");
    }
    for (size_t i = 0; i < plan->view_count; i++)
        if (view_kind_is_stored(plan->views[i]->kind) && !is_built(run, plan->views[i]))
        {
            SpaceView view = {plan->views[i]->name, measure_of(run, plan->views[i]) != 0 ? bytes[i] : -1};
            MEM_PUSH(space, space->views, space->view_count, view);
            space->unknown_count += view.bytes < 0 ? 1 : 0;
        }
    if (space->view_count > 0)
        qsort(space->views, space->view_count, sizeof *space->views, by_size);
    return STATUS_OK;
}

static Status measure_kept(Run *run, Space *space, void *scratch, const uint32_t *oids, size_t count, Errors *errors)
{
    PgRows *rows;
    if (ask_sizes(run, scratch, oids, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        place_of(space, pg_text(rows, row, "tablespace"))->kept += pg_integer(rows, row, "bytes");
    return STATUS_OK;
}

/* ---- what is too much --------------------------------------------------------------------------------------- */

/* "public.donations 107 MB, public.all_donations 100 MB" */
static const char *largest_text(const void *context, const Space *space)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < space->view_count && i < shown_views && space->views[i].bytes >= 0; i++)
        text_addf(text, "%s%s %s", i > 0 ? ", " : "", name_qualified(text, space->views[i].name),
                  report_bytes(text, space->views[i].bytes));
    return text->data;
}

/* "pg_default 300 MB, fast 4.0 MB"; `disk` SIZE_MAX: of all places */
static const char *places_text(const void *context, const Space *space, size_t disk)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < space->place_count; i++)
        if (space->places[i].incoming > 0 && (disk == SIZE_MAX || space->places[i].disk == disk))
            text_addf(text, "%s%s %s", text->length > 0 ? ", " : "", name_quote(text, space->places[i].tablespace),
                      report_bytes(text, space->places[i].incoming));
    return text->data;
}

static void check_limit(const Run *run, const Space *space, Errors *errors)
{
    if (space->limit < 0 || space->incoming + space->kept <= space->limit)
        return;
    void *scratch = mem_context(NULL);
    const char *kept = space->kept == 0 ? "" : mem_printf(scratch, ", and the old generation that is kept %s",
                                                          report_bytes(scratch, space->kept));
    Error *error = preflight_refuse(errors, "max_extra_space", "the new generation takes about %s beside the live one%s: more "
                                    "than max_extra_space = %s; by tablespace: %s; largest: %s",
                                    report_bytes(scratch, space->incoming), kept, report_bytes(scratch, space->limit),
                                    places_text(scratch, space, SIZE_MAX), largest_text(scratch, space));
    error_remedy(error_at(error, run->config->path, 0, 0), "raise max_extra_space if the disk has room, make the largest "
                 "views smaller, or rebuild some at a time with --only%s", space->kept == 0 ? "" : "; with keep_old = no "
                 "none is kept");
    talloc_free(scratch);
}

static const char *disk_text(const void *context, const SpaceDisk *disk)
{
    return mem_printf(context, "the file system of %s has %s free", disk->path, report_bytes(context, disk->free));
}

/* A full disk ends this run, but first everybody else's statements there, and with pg_wal on it the server. */
static void check_disk(const Run *run, const Space *space, size_t index, Errors *errors)
{
    const SpaceDisk *disk = &space->disks[index];
    int64_t wal = space->wal && space->wal_disk == index ? space->wal_bytes : 0;
    if (disk->incoming + wal <= disk->free)
        return;
    void *scratch = mem_context(NULL);
    bool too_much = disk->incoming > disk->free;
    Errors *to = too_much && !disk->elastic ? errors : run->preflight->advice;
    const char *free_text = disk_text(scratch, disk);
    Error *error =
        too_much ? preflight_refuse(to, disk->path, "%s, and the new generation takes about %s there: %s; largest: %s",
                                    free_text, report_bytes(scratch, disk->incoming),
                                    places_text(scratch, space, index), largest_text(scratch, space))
                 : preflight_refuse(to, disk->path, "%s, which may be too little: about %s for the new generation, and up to %s "
                                    "more for the WAL that writing it makes", free_text,
                                    report_bytes(scratch, disk->incoming), report_bytes(scratch, wal));
    if (disk->elastic && too_much)
        error_remedy(error, "it compresses, so that this may do; free space there if not");
    else
        error_remedy(error, "free space there, move views to another tablespace (TABLESPACE in their files), or rebuild some at "
                            "a time with --only");
    talloc_free(scratch);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void sum_up(Space *space)
{
    for (size_t i = 0; i < space->place_count; i++)
    {
        const SpacePlace *place = &space->places[i];
        space->incoming += place->incoming;
        space->kept += place->kept;
        if (place->disk != SIZE_MAX)
            space->disks[place->disk].incoming += place->incoming;
    }
    if (space->wal_bytes > space->incoming)
        space->wal_bytes = space->incoming; /* about as much WAL as data: docs/operating.md has figures */
}

Status preflight_space(Run *run, const PreflightScratch *known, Errors *errors)
{
    void *scratch = mem_context(run);
    Space *space = mem_new(run->preflight, Space);
    PgRows *server;
    space->limit = run->config->max_extra_space;
    Status status = pg_query(scratch, run->control, &server, errors, SQL_SPACE_SERVER, 0, NULL);
    if (status == STATUS_OK)
    {
        place_of(space, pg_text(server, 0, "tablespace"));
        status = measure_views(run, space, scratch, errors);
    }
    if (status == STATUS_OK)
        status = measure_kept(run, space, scratch, known->retired.relations, known->retired.relation_count,
                              errors);
    if (status == STATUS_OK)
    {
        qsort(space->places + 1, space->place_count - 1, sizeof *space->places, by_name);
        status = space_look_at_disks(run, space, server, errors);
    }
    if (status == STATUS_OK)
    {
        sum_up(space);
        run->preflight->space = space;
        check_limit(run, space, errors);
        for (size_t i = 0; i < space->disk_count; i++)
            check_disk(run, space, i, errors);
    }
    talloc_free(scratch);
    return status;
}
