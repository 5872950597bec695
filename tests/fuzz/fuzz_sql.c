/*
 * Fuzzes src/sql/: the input is one file; every statement of it is rewritten for a generation that maps
 * everything, and proof (a) decides.  Built with -Dfuzz=true and clang; run it as
 *     build-fuzz/tests/fuzz/fuzz_sql -max_total_time=120 -max_len=2048 CORPUS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* pg_catalog holds no views of anybody: the grammar itself writes names of it (int is pg_catalog.int4). */
static const char *map_everything(const void *closure, Name name)
{
    return strcmp(name.schema, "pg_catalog") == 0 ? NULL : "n\"ew s";
}

static const char *map_nothing(const void *closure, Name name)
{
    return NULL;
}

static void rewrite_all(const SqlSet *set, SqlGeneration generation, Errors *errors)
{
    for (size_t i = 0; i < set->statement_count; i++)
    {
        char *text = NULL;
        if (sql_rewrite(set, set->statements[i], generation, &text, errors) != STATUS_OK)
        {
            for (size_t j = 0; j < errors->count; j++)
                fprintf(stderr, "%s\n", error_format(errors, errors->items[j]));
            abort();
        }
    }
}

static void check_places(const SqlSet *set)
{
    for (size_t i = 0; i < set->statement_count; i++)
    {
        const SqlStatement *statement = set->statements[i];
        size_t end = statement->offset + statement->length;
        if (end > statement->file->length || statement->query_offset + statement->query_length > end)
            abort();
        for (size_t j = 0; j < statement->reference_count; j++)
        {
            const Reference *reference = &statement->references[j];
            if (reference->offset < statement->offset || reference->offset + reference->length > end ||
                reference->length == 0 || (j > 0 && reference->offset < statement->references[j - 1].offset))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *context = talloc_new(NULL);
    const char *paths[] = {"s.v.sql"};
    const char *texts[] = {mem_strndup(context, (const char *) data, size)};
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    if (sql_read_texts(context, paths, texts, 1, "public", &set, errors) == STATUS_OK)
    {
        check_places(set);
        rewrite_all(set, (SqlGeneration){map_everything, NULL}, errors);
        rewrite_all(set, (SqlGeneration){map_nothing, NULL}, errors);
    }
    talloc_free(context);
    return 0;
}
