/*
 * What there is in the live database.
 *
 * Each statement is a transaction of its own, and read-only: pg_get_viewdef() takes share locks on the view and on all
 * that it reads, which must neither add up nor make others wait.  A REFRESH that is under way makes us wait, for a
 * while.
 */
#include <stdlib.h>
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"
#include "matswap/stage.h"
#include "pg_sql.h"

enum
{
    LOCK_TIMEOUT_MS = 30 * 1000,
    BATCH = 50 /* definitions that one statement asks for */
};

/* {16384,16390}; child of `context` */
static char *oids_of(const void *context, InitRelation *const *relations, size_t count)
{
    Text *text = text_new(context);
    text_add(text, "{");
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s%u", i > 0 ? "," : "", relations[i]->oid);
    text_add(text, "}");
    return text->data;
}

static int compare_oids(const void *a, const void *b)
{
    uint32_t first = (*(InitRelation *const *) a)->oid;
    uint32_t second = (*(InitRelation *const *) b)->oid;
    return first < second ? -1 : first > second;
}

/* Which relation a row is about. */
typedef struct ByOid
{
    InitRelation **relations; /* by OID */
    size_t count;
} ByOid;

static ByOid by_oid(const void *context, InitCatalog *catalog)
{
    ByOid index = {mem_array(context, InitRelation *, catalog->count), catalog->count};
    for (size_t i = 0; i < catalog->count; i++)
        index.relations[i] = &catalog->relations[i];
    qsort(index.relations, index.count, sizeof *index.relations, compare_oids);
    return index;
}

static InitRelation *find(const ByOid *index, uint32_t oid)
{
    InitRelation key = {.oid = oid};
    const InitRelation *wanted = &key;
    InitRelation **found = bsearch(&wanted, index->relations, index->count, sizeof *index->relations, compare_oids);
    return found == NULL ? NULL : *found;
}

static Status read_session(InitCatalog *catalog, bool *ret_generations, Errors *errors)
{
    PgRows *rows;
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_SESSION, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    catalog->role = pg_text(rows, 0, "role");
    catalog->inherits = pg_boolean(rows, 0, "inherits");
    catalog->database = pg_text(rows, 0, "database");
    *ret_generations = pg_boolean(rows, 0, "generations");
    return STATUS_OK;
}

static Status read_relations(InitCatalog *catalog, Errors *errors)
{
    PgRows *rows;
    catalog->version = pg_server_version(catalog->connection);
    const char *privilege = stage_set_role_privilege(catalog->version);
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_RELATIONS, 1, &privilege) != STATUS_OK)
        return STATUS_FAILED;
    catalog->count = pg_row_count(rows);
    catalog->relations = mem_array(catalog, InitRelation, catalog->count);
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        *relation = (InitRelation){
            .oid = pg_oid(rows, i, "oid"),
            .name = {pg_text(rows, i, "schema"), pg_text(rows, i, "name")},
            .kind = relation_kind(pg_text(rows, i, "relkind")),
            .owner = pg_text(rows, i, "owner"),
            .extension = pg_value(rows, i, "extension"),
            .may_act = pg_boolean(rows, i, "may_act"),
            .populated = pg_boolean(rows, i, "populated"),
            .rows = pg_integer(rows, i, "rows"),
            .bytes = pg_integer(rows, i, "bytes"),
        };
        relation->label = name_qualified(catalog, relation->name);
    }
    return STATUS_OK;
}

/* Tables that a run has published are imports of a set already. */
static Status forget_published(InitCatalog *catalog, Errors *errors)
{
    void *scratch = mem_context(catalog);
    PgRows *rows;
    ByOid index = by_oid(scratch, catalog);
    const char *oids = oids_of(scratch, index.relations, index.count);
    if (pg_query(scratch, catalog->connection, &rows, errors, SQL_ORPHANS_PUBLISHED, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const InitRelation *published = find(&index, pg_oid(rows, row, "oid"));
        if (published == NULL || published->kind != VIEW_IMPORT)
            continue;
        size_t at = (size_t) (published - catalog->relations);
        memmove(&catalog->relations[at], &catalog->relations[at + 1], (--catalog->count - at) * sizeof(InitRelation));
        index = by_oid(scratch, catalog);
    }
    talloc_free(scratch);
    return STATUS_OK;
}

static Status read_reads(InitCatalog *catalog, Errors *errors)
{
    void *scratch = mem_context(catalog);
    PgRows *rows;
    ByOid index = by_oid(scratch, catalog);
    const char *oids = oids_of(scratch, index.relations, index.count);
    if (pg_query(scratch, catalog->connection, &rows, errors, SQL_INIT_READS, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        InitRelation *reader = find(&index, pg_oid(rows, row, "reader"));
        InitRelation *relation = find(&index, pg_oid(rows, row, "relation"));
        MEM_PUSH(catalog, reader->reads, reader->read_count, relation);
        MEM_PUSH(catalog, relation->readers, relation->reader_count, reader);
    }
    talloc_free(scratch);
    return STATUS_OK;
}

Status catalog_open(const void *context, const Config *config, InitCatalog **ret_catalog, Errors *errors)
{
    bool generations;
    InitCatalog *catalog = mem_new(context, InitCatalog);
    catalog->refusals = errors_new(catalog);
    PgOptions options = {.config = config, .lock_timeout_ms = LOCK_TIMEOUT_MS};
    if (pg_connect(catalog, options, "init", &catalog->connection, errors) != STATUS_OK ||
        pg_run(catalog->connection, errors, SQL_INIT_READ_ONLY) != STATUS_OK ||
        read_session(catalog, &generations, errors) != STATUS_OK || read_relations(catalog, errors) != STATUS_OK ||
        (generations && forget_published(catalog, errors) != STATUS_OK) || read_reads(catalog, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_catalog = catalog;
    return STATUS_OK;
}

/* ---- definitions and parts ---------------------------------------------------------------------------------- */

static Status read_definitions(InitCatalog *catalog, const ByOid *index, const char *oids, Errors *errors)
{
    PgRows *rows;
    size_t before = errors->count;
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_DEFINITIONS, 1, &oids) != STATUS_OK)
    {
        if (text_equal(errors->items[before]->sqlstate, "55P03"))
            error_remedy(errors->items[before], "a REFRESH or an ALTER keeps a view locked: try again when it is over");
        return STATUS_FAILED;
    }
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        InitRelation *relation = find(index, pg_oid(rows, row, "oid"));
        relation->definition = sql_reprintable(catalog, pg_text(rows, row, "definition"));
        if (relation->definition[0] == '\0')
            error_remedy(select_refuse(catalog, relation, "%s has been dropped in this very moment", relation->label),
                         "run init again when nobody changes the views");
    }
    return STATUS_OK;
}

static Status read_parts(InitCatalog *catalog, const ByOid *index, const char *oids, Errors *errors)
{
    PgRows *rows;
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_PARTS, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        InitRelation *relation = find(index, pg_oid(rows, row, "oid"));
        const char *sql = sql_reprintable(catalog, pg_text(rows, row, "sql"));
        InitPart part = {pg_text(rows, row, "kind"), sql, pg_value(rows, row, "because")};
        MEM_PUSH(catalog, relation->parts, relation->part_count, part);
    }
    return STATUS_OK;
}

Status catalog_read_members(InitCatalog *catalog, Errors *errors)
{
    void *scratch = mem_context(catalog);
    ByOid index = by_oid(scratch, catalog);
    InitRelation **batch = NULL;
    size_t count = 0;
    Status status = STATUS_OK;
    for (size_t i = 0; i <= catalog->count && status == STATUS_OK; i++)
    {
        InitRelation *relation = i < catalog->count ? &catalog->relations[i] : NULL;
        if (relation != NULL && relation->member && relation->definition == NULL)
            MEM_PUSH(scratch, batch, count, relation);
        if (count == 0 || (relation != NULL && count < BATCH))
            continue;
        const char *oids = oids_of(scratch, batch, count);
        if (read_definitions(catalog, &index, oids, errors) != STATUS_OK ||
            read_parts(catalog, &index, oids, errors) != STATUS_OK)
            status = STATUS_FAILED;
        count = 0;
    }
    talloc_free(scratch);
    return status;
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static Status read_columns(InitCatalog *catalog, const ByOid *index, const char *oids, Errors *errors)
{
    PgRows *rows;
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_COLUMNS, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        InitRelation *relation = find(index, pg_oid(rows, row, "oid"));
        InitColumn column = {
            .name = pg_text(rows, row, "name"),
            .type = pg_text(rows, row, "type"),
            .summable = pg_boolean(rows, row, "summable"),
            .whole = pg_boolean(rows, row, "whole"),
            .temporal = pg_boolean(rows, row, "temporal"),
            .is_date = pg_boolean(rows, row, "is_date"),
            .unseen = pg_boolean(rows, row, "unseen"),
            .never_null = pg_boolean(rows, row, "never_null"),
            .mostly_null = pg_boolean(rows, row, "mostly_null"),
            .constant = pg_boolean(rows, row, "constant"),
            .distinct_share = strtod(pg_text(rows, row, "distinct_share"), NULL),
            .has_age = pg_value(rows, row, "age_ms") != NULL,
            .age_ms = pg_integer(rows, row, "age_ms"),
        };
        MEM_PUSH(catalog, relation->columns, relation->column_count, column);
    }
    return STATUS_OK;
}

static Status read_keys(InitCatalog *catalog, const ByOid *index, const char *oids, Errors *errors)
{
    PgRows *rows;
    if (pg_query(catalog, catalog->connection, &rows, errors, SQL_INIT_KEYS, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        InitRelation *relation = find(index, pg_oid(rows, row, "oid"));
        const char *name = pg_text(rows, row, "index");
        InitKey *last = relation->key_count == 0 ? NULL : &relation->keys[relation->key_count - 1];
        if (last == NULL || strcmp(last->index, name) != 0)
        {
            MEM_PUSH(catalog, relation->keys, relation->key_count, ((InitKey){.index = name}));
            last = &relation->keys[relation->key_count - 1];
        }
        MEM_PUSH(catalog, last->columns.names, last->columns.count, pg_text(rows, row, "name"));
    }
    return STATUS_OK;
}

static bool has_columns_to_read(const InitRelation *relation)
{
    return relation->member || (relation->kind == VIEW_IMPORT && relation->wanted);
}

Status catalog_read_columns(InitCatalog *catalog, Errors *errors)
{
    void *scratch = mem_context(catalog);
    ByOid index = by_oid(scratch, catalog);
    InitRelation **all = NULL, **tables = NULL;
    size_t count = 0, table_count = 0;
    for (size_t i = 0; i < catalog->count; i++)
        if (has_columns_to_read(&catalog->relations[i]))
            MEM_PUSH(scratch, all, count, &catalog->relations[i]);
    for (size_t i = 0; i < count; i++)
        if (!all[i]->member)
            MEM_PUSH(scratch, tables, table_count, all[i]);
    const char *oids = oids_of(scratch, all, count);
    Status status = STATUS_FAILED;
    if (read_columns(catalog, &index, oids, errors) == STATUS_OK &&
        read_keys(catalog, &index, oids, errors) == STATUS_OK &&
        read_parts(catalog, &index, oids_of(scratch, tables, table_count), errors) == STATUS_OK)
        status = STATUS_OK;
    talloc_free(scratch);
    return status;
}
