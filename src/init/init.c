/* From the options to the folder: what is wanted, what of it makes a set, the texts, the proof that they can be
 * read. */
#include "matswap/init.h"

#include <ctype.h>
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"
#include "matswap/plan.h"
#include "matswap/stage.h"

enum
{
    LONGEST_SET = 40, /* as the configuration has it */
    LONGEST_NAME = 63
};
static const char suffix[] = "_new"; /* and _old: the shadows of a schema */

typedef struct Init
{
    const void *context;
    const InitOptions *options;
    const Config *connecting;
    InitCatalog *catalog;
    InitIni ini;
    InitFile *files;
    size_t file_count;
} Init;

/* ---- what is wanted ----------------------------------------------------------------------------------------- */

static bool is_schema(const char *schema, const char *written)
{
    char *quoted = name_quote(NULL, schema);
    bool same = strcmp(schema, written) == 0 || strcmp(quoted, written) == 0;
    talloc_free(quoted);
    return same;
}

static bool is_wanted(const InitOptions *options, const InitRelation *relation)
{
    if (relation->kind == VIEW_ORDINARY || (relation->kind == VIEW_IMPORT && !options->tables))
        return false;
    for (size_t i = 0; i < options->schema_count; i++)
        if (is_schema(relation->name.schema, options->schemas[i]))
            return true;
    return options->schema_count == 0;
}

/* Why it cannot be in any set. */
static void refuse_unfit(InitCatalog *catalog, InitRelation *relation)
{
    void *scratch = mem_context(NULL);
    if (relation->extension != NULL)
        error_remedy(select_refuse(catalog, relation, "%s is left out: it belongs to extension %s", relation->label,
                                   name_quote(scratch, relation->extension)),
                     "ALTER EXTENSION %s DROP %s %s, if it is yours", name_quote(scratch, relation->extension),
                     relation_kind_sql(relation->kind), relation->label);
    else if (strlen(relation->name.schema) + strlen(suffix) > LONGEST_NAME)
        error_remedy(select_refuse(catalog, relation,
                                   "%s is left out: with %s behind it the name of its schema would have "
                                   "more than %d bytes",
                                   relation->label, suffix, LONGEST_NAME),
                     "rename the schema, or write the files and a configuration with suffix_new by hand");
    else if (!relation->may_act)
        stage_advise_membership(
            select_refuse(catalog, relation, "%s is left out: it is owned by %s, and role %s may not act for it",
                          relation->label, name_quote(scratch, relation->owner), name_quote(scratch, catalog->role)),
            catalog->version, catalog->role, catalog->inherits, relation->owner);
    talloc_free(scratch);
}

/* A schema without anything is most likely a slip. */
static Status check_schemas(const Init *init, Errors *errors)
{
    size_t before = errors->count;
    const InitCatalog *catalog = init->catalog;
    const char **known = NULL;
    size_t count = 0;
    for (size_t i = 0; i < catalog->count; i++)
        if (catalog->relations[i].kind != VIEW_ORDINARY)
            MEM_PUSH(errors, known, count, catalog->relations[i].name.schema);
    MEM_PUSH(errors, known, count, NULL);
    for (size_t i = 0; i < init->options->schema_count; i++)
    {
        const char *written = init->options->schemas[i];
        bool found = false;
        for (size_t j = 0; j < catalog->count && !found; j++)
            found = catalog->relations[j].wanted && is_schema(catalog->relations[j].name.schema, written);
        if (found)
            continue;
        Error *error = errors_add(errors, ERROR_USAGE, "--schema: schema %s of database %s has no %s to adopt", written,
                                  name_quote(errors, catalog->database),
                                  init->options->tables ? "materialized view or table" : "materialized view");
        const char *nearest = text_nearest(written, known);
        if (nearest != NULL && !is_schema(nearest, written))
            error_remedy(error, "did you mean %s?", nearest);
        else
            error_remedy(error, "write it as the catalog spells it, or leave --schema out");
    }
    return errors_since(errors, before);
}

/* ---- what of it makes a set --------------------------------------------------------------------------------- */

/* What the parser cannot read here, it could not read in a run. */
static bool refuse_unreadable(InitCatalog *catalog, InitRelation *relation, bool grants)
{
    void *scratch = mem_context(NULL);
    SqlSet *set;
    Errors *reasons = errors_new(scratch);
    const char *path = relation->label;
    const char *text = file_text(scratch, catalog, relation, grants);
    bool readable = sql_read_texts(scratch, &path, &text, 1, relation->name.schema, &set, reasons) == STATUS_OK;
    if (!readable)
        error_remedy(select_refuse(catalog, relation, "%s is left out: matswap cannot read its definition: %s",
                                   relation->label, reasons->items[0]->message),
                     "rewrite the view: `matswap --version` tells with which version's grammar it is read");
    talloc_free(scratch);
    return !readable;
}

/* Each refusal may change the set: as often as there are any. */
static Status choose(Init *init, Errors *errors)
{
    InitCatalog *catalog = init->catalog;
    for (bool again = true; again;)
    {
        again = false;
        select_members(catalog);
        if (catalog_read_members(catalog, errors) != STATUS_OK)
            return STATUS_FAILED;
        for (size_t i = 0; i < catalog->count; i++)
        {
            InitRelation *relation = &catalog->relations[i];
            if (relation->member && !relation->readable && relation->refusal == NULL)
                relation->readable = !refuse_unreadable(catalog, relation, init->options->grants);
            again = again || (relation->member && relation->refusal != NULL);
        }
    }
    return catalog_read_columns(catalog, errors);
}

static void copy_refusal(Errors *errors, const Error *refusal)
{
    Error *error = errors_add(errors, ERROR_REFUSED, "%s", refusal->message);
    error_object(error, refusal->object);
    for (size_t i = 0; i < refusal->statement_count; i++)
        error_statement(error, "%s", refusal->statements[i]);
    if (refusal->remedy != NULL)
        error_remedy(error, "%s", refusal->remedy);
}

static void add_left_out(const InitCatalog *catalog, Errors *errors)
{
    for (size_t i = 0; i < catalog->count; i++)
    {
        const InitRelation *relation = &catalog->relations[i];
        bool asked = relation->wanted && relation->kind == VIEW_MATERIALIZED;
        if (relation->refusal != NULL && (asked || relation->blamed))
            copy_refusal(errors, relation->refusal);
    }
}

static Status refuse_nothing(const Init *init, Errors *errors)
{
    add_left_out(init->catalog, errors);
    bool any = !errors_empty(errors);
    Error *error = errors_add(errors, ERROR_REFUSED,
                              any ? "none of the materialized views of database %s can be adopted"
                                  : "database %s has no materialized views to adopt",
                              name_quote(errors, init->catalog->database));
    error_remedy(error, any ? "nothing was written; see above" : "nothing was written%s",
                 any || init->options->tables ? "" : "; --tables lists tables that CREATE TABLE AS may have made");
    return STATUS_FAILED;
}

/* ---- names in the configuration ----------------------------------------------------------------------------- */

/* The database's name as far as it can be one. */
static const char *set_name(const Init *init)
{
    if (init->options->set != NULL)
        return init->options->set;
    char *set = mem_strndup(init->catalog, init->catalog->database, LONGEST_SET);
    for (char *c = set; *c != '\0'; c++)
    {
        unsigned char lower = (unsigned char) tolower((unsigned char) *c);
        *c = (lower >= 'a' && lower <= 'z') || isdigit(lower) || lower == '_' ? (char) lower : '-';
    }
    return set;
}

/* The first that was asked for, else public, else the one with the most members: where unqualified names will be. */
static const char *default_schema(const Init *init)
{
    const InitIni *ini = &init->ini;
    const char *best = "public";
    size_t most = 0;
    for (size_t i = 0; i < ini->member_count; i++)
    {
        const char *schema = ini->members[i]->name.schema;
        size_t count = 0;
        for (size_t j = 0; j < ini->member_count; j++)
            count += strcmp(ini->members[j]->name.schema, schema) == 0;
        bool asked = init->options->schema_count > 0 && is_schema(schema, init->options->schemas[0]);
        if (!ini_can_say(schema) || count < most)
            continue;
        if (asked || strcmp(schema, "public") == 0)
            return schema;
        best = count > most ? schema : best;
        most = count;
    }
    return best;
}

static void check_from(const char *from, Errors *errors)
{
    if (from == NULL || ini_can_say(from))
        return;
    error_remedy(errors_add(errors, ERROR_USAGE,
                            "--from cannot be written into a configuration: it holds a line end, a "
                            "semicolon behind a blank, or two blanks"),
                 "put it into a service file (https://www.postgresql.org/docs/current/libpq-pgservice.html), and write "
                 "--from service=NAME");
}

/* ---- files -------------------------------------------------------------------------------------------------- */

enum
{
    MODE_SQL = 0666,
    MODE_CONFIG = 0600 /* it says where the database is, and will say what commands are run */
};

static void add_file(Init *init, const char *path, const char *text, int mode)
{
    MEM_PUSH(init->catalog, init->files, init->file_count, ((InitFile){path, text, mode}));
}

static void make_texts(Init *init)
{
    InitCatalog *catalog = init->catalog;
    InitIni *ini = &init->ini;
    for (size_t i = 0; i < catalog->count; i++)
    {
        InitRelation *relation = &catalog->relations[i];
        if (relation->member)
            MEM_PUSH(catalog, ini->members, ini->member_count, relation);
        else if (relation->kind == VIEW_IMPORT && relation->wanted)
            MEM_PUSH(catalog, ini->tables, ini->table_count, relation);
    }
    ini->from = init->options->from;
    ini->set = set_name(init);
    ini->schema = default_schema(init);
    file_names_give(catalog, ini->members, ini->member_count, ini->schema);
    file_names_give(catalog, ini->tables, ini->table_count, ini->schema);
    for (size_t i = 0; i < ini->member_count; i++)
        add_file(init, mem_printf(catalog, "queries/%s", ini->members[i]->file),
                 file_text(catalog, catalog, ini->members[i], init->options->grants), MODE_SQL);
    for (size_t i = 0; i < ini->table_count; i++)
        add_file(init, mem_printf(catalog, "tables/%s", ini->tables[i]->file),
                 sketch_text(catalog, catalog, ini->tables[i]), MODE_SQL);
    add_file(init, "matswap.ini", ini_text(catalog, catalog, ini), MODE_CONFIG);
}

/* What was written, read as `check` will: whatever the catalog held that nobody thought of shows here. */
static Status read_back(void *closure, const char *stage, Errors *errors)
{
    const Init *init = closure;
    void *scratch = mem_context(NULL);
    size_t before = errors->count;
    Config *config = NULL;
    SqlSet *sources;
    Plan *plan;
    Status status = config_load(scratch, mem_printf(scratch, "%s/matswap.ini", stage), &config, errors);
    if (status == STATUS_OK && init->ini.member_count > 0 &&
        (sql_read_folder(scratch, config->queries, config->schema, &sources, errors) != STATUS_OK ||
         plan_make(scratch, config, sources, NULL, 0, &plan, errors) != STATUS_OK))
        status = STATUS_FAILED;
    if (status == STATUS_OK && strcmp(config->conninfo, init->ini.from != NULL ? init->ini.from : "") != 0)
        errors_add(errors, ERROR_INTERNAL, "the configuration does not say what --from says");
    /* that place is gone when somebody reads of it */
    for (size_t i = before; i < errors->count; i++)
        if (errors->items[i]->file != NULL && strncmp(errors->items[i]->file, stage, strlen(stage)) == 0)
            error_at(errors->items[i],
                     mem_printf(scratch, "%s%s", init->options->folder, errors->items[i]->file + strlen(stage)),
                     errors->items[i]->line, errors->items[i]->column);
    talloc_free(scratch);
    return status == STATUS_OK ? errors_since(errors, before) : status;
}

/* ---- the result --------------------------------------------------------------------------------------------- */

static InitView *views_of(const void *context, InitRelation *const *relations, size_t count, const char *folder)
{
    InitView *views = mem_array(context, InitView, count);
    for (size_t i = 0; i < count; i++)
        views[i] = (InitView){.name = relations[i]->name,
                              .kind = relations[i]->kind,
                              .rows = relations[i]->rows,
                              .bytes = relations[i]->rows < 0 ? -1 : relations[i]->bytes,
                              .file = mem_printf(views, "%s/%s", folder, relations[i]->file),
                              .because = relations[i]->because,
                              .populated = relations[i]->kind != VIEW_MATERIALIZED || relations[i]->populated};
    return views;
}

static InitResult *result_of(const void *context, const Init *init)
{
    InitResult *result = mem_new(context, InitResult);
    talloc_steal(result, init->catalog); /* names and texts are its */
    result->database = init->catalog->database;
    result->config = mem_printf(result, "%s/matswap.ini", init->options->folder);
    result->views = views_of(result, init->ini.members, init->ini.member_count, "queries");
    result->view_count = init->ini.member_count;
    result->tables = views_of(result, init->ini.tables, init->ini.table_count, "tables");
    result->table_count = init->ini.table_count;
    result->left_out = errors_new(result);
    add_left_out(init->catalog, result->left_out);
    return result;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* What is put into the folder, the configuration last: without it the rest is nothing. */
static const char *const *entries_of(bool tables, size_t *ret_count)
{
    static const char *const entries[] = {"tables", "queries", "matswap.ini"};
    *ret_count = tables ? 3 : 2;
    return tables ? entries : entries + 1;
}

static Status write_result(Init *init, Errors *errors)
{
    size_t count;
    const char *const *entries = entries_of(init->ini.table_count > 0, &count);
    return write_all(init->catalog, init->options->folder, entries, count, init->files, init->file_count, read_back,
                     init, errors);
}

/* What is wrong with the command line, all of it in one go. */
static Status check_options(Init *init, Errors *errors)
{
    size_t count;
    size_t before = errors->count;
    Config *config = NULL;
    const char *const *entries = entries_of(init->options->tables, &count);
    write_look(init->options->folder, entries, count, errors);
    check_from(init->options->from, errors);
    if (config_of_options(init->context, init->options->from, init->options->set, &config, errors) != STATUS_OK)
        return STATUS_FAILED;
    init->connecting = config;
    return errors_since(errors, before);
}

Status init_adopt(const void *context, const InitOptions *options, InitResult **ret_result, Errors *errors)
{
    Init init = {.context = context, .options = options};
    if (check_options(&init, errors) != STATUS_OK ||
        catalog_open(context, init.connecting, &init.catalog, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < init.catalog->count; i++)
    {
        init.catalog->relations[i].wanted = is_wanted(options, &init.catalog->relations[i]);
        refuse_unfit(init.catalog, &init.catalog->relations[i]);
    }
    if (check_schemas(&init, errors) != STATUS_OK || choose(&init, errors) != STATUS_OK)
        return STATUS_FAILED;
    make_texts(&init);
    if (init.ini.member_count + init.ini.table_count == 0)
        return refuse_nothing(&init, errors);
    if (write_result(&init, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_result = result_of(context, &init);
    return STATUS_OK;
}
