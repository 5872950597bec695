/* How much disk a new generation takes, before it takes it. */
#include "matswap/json.h"
#include "matswap/memory.h"
#include "matswap/report.h"
#include "table.h"

enum
{
    COLUMNS = 5
};

static const TableColumn columns[COLUMNS] = {
    {"tablespace", false}, {"new", true}, {"kept", true}, {"free", true}, {"folder", false},
};

static int64_t free_of(const Space *space, size_t disk)
{
    return disk == SIZE_MAX ? -1 : space->disks[disk].free;
}

/* NULL: not known, or none */
static const char *size_text(const void *context, int64_t bytes)
{
    return bytes < 0 ? NULL : report_bytes(context, bytes);
}

/* Are all views new, so that nothing says how large they will be? */
static bool is_unknown(const Space *space)
{
    return space->view_count > 0 && space->unknown_count == space->view_count;
}

static void print_places(FILE *out, void *scratch, const Space *space)
{
    const size_t count = space->place_count * COLUMNS;
    const char **cells = mem_array(scratch, const char *, count);
    for (size_t i = 0; i < space->place_count; i++)
    {
        const SpacePlace *place = &space->places[i];
        const char **row = cells + i * COLUMNS;
        row[0] = name_quote(scratch, place->tablespace);
        row[1] = is_unknown(space) ? NULL : size_text(scratch, place->incoming);
        row[2] = place->kept == 0 ? NULL : size_text(scratch, place->kept);
        row[3] = size_text(scratch, free_of(space, place->disk));
        row[4] = place->location[0] == '\0' ? "the data directory" : place->location;
    }
    table_print(out, columns, COLUMNS, cells, space->place_count);
}

void report_space(FILE *out, const Space *space)
{
    void *scratch = mem_context(NULL);
    if (!is_unknown(space))
        fprintf(out, "space: about %s for the new generation beside the live one, by what that takes now",
                report_bytes(scratch, space->incoming));
    else
        fputs("space: not known before there is a generation to go by", out);
    if (space->limit >= 0)
        fprintf(out, "; max_extra_space = %s", report_bytes(scratch, space->limit));
    fputc('\n', out);
    print_places(out, scratch, space);
    if (space->unknown_count > 0 && !is_unknown(space))
        fprintf(out, "not counted: %zu of %zu views, which are new\n", space->unknown_count, space->view_count);
    if (space->wal && space->incoming > 0)
        fprintf(out, "about as much again is written to the WAL (wal_level = %s)\n", space->wal_level);
    if (space->kept > 0)
        fputs("what an earlier run has kept is dropped right before the swap\n", out);
    if (space->blind != NULL)
        fprintf(out, "free space is not known: %s\n", space->blind);
    talloc_free(scratch);
}

static void add_places(Text *json, const Space *space)
{
    json_key(json, "tablespaces");
    text_add(json, "[");
    for (size_t i = 0; i < space->place_count; i++)
    {
        const SpacePlace *place = &space->places[i];
        text_add(json, "{");
        json_string(json, "name", place->tablespace);
        json_string(json, "location", place->location[0] == '\0' ? NULL : place->location);
        json_count(json, "new_bytes", place->incoming);
        json_count(json, "kept_bytes", place->kept);
        json_count(json, "free_bytes", free_of(space, place->disk));
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

static void add_views(Text *json, const Space *space)
{
    json_key(json, "views");
    text_add(json, "[");
    for (size_t i = 0; i < space->view_count; i++)
    {
        text_add(json, "{");
        json_string(json, "schema", space->views[i].name.schema);
        json_string(json, "name", space->views[i].name.name);
        json_count(json, "bytes", space->views[i].bytes);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

char *report_space_json(const void *context, const Space *space)
{
    Text *json = text_new(NULL);
    text_add(json, "{");
    json_count(json, "new_bytes", space->incoming);
    json_count(json, "kept_bytes", space->kept);
    json_count(json, "limit_bytes", space->limit);
    json_count(json, "unknown_views", (int64_t) space->unknown_count);
    json_string(json, "wal_level", space->wal_level);
    add_places(json, space);
    add_views(json, space);
    json_end_object(json);
    char *text = mem_strdup(context, json->data);
    talloc_free(json);
    return text;
}
