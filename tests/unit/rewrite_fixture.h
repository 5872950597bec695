/*
 * rewrite_fixture.h: source text in, text for the new generation out, for the tests of src/sql/'s rewriting.
 * Members of the generation are x, y, z and the odd names below, in public and sales.
 */
#ifndef MATSWAP_REWRITE_FIXTURE_H
#define MATSWAP_REWRITE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/sql.h"
#include "matswap/text.h"

static const char *const members[] = {"v", "x", "y", "z", "Mixed Case", "select", "caf\xC3\xA9", "st", "b\\s", NULL};

static inline const char *new_schema(const void *closure, Name name)
{
    static const struct
    {
        const char *old, *incoming;
    } schemas[] = {{"public", "public_new"}, {"sales", "sales_new"}, {"S 1", "S 1_new"}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; strcmp(name.schema, schemas[i].old) == 0 && members[j] != NULL; j++)
            if (strcmp(name.name, members[j]) == 0)
                return schemas[i].incoming;
    return NULL;
}

static const SqlGeneration generation = {new_schema, NULL};

typedef struct Case
{
    const char *source, *expected;
} Case;

static inline void fail_with(const Errors *errors, const char *source)
{
    for (size_t i = 0; i < errors->count; i++)
        print_error("%s\n", error_format(errors, errors->items[i]));
    fail_msg("source: %s", source);
}

/* The texts of the last file's statements, joined by ";\n". */
static inline char *rewritten(const void *context, const char *const *paths, const char *const *texts, size_t count)
{
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    const char *last = paths[count - 1];
    if (sql_read_texts(context, paths, texts, count, "public", &set, errors) != STATUS_OK)
        fail_with(errors, texts[count - 1]);
    Text *all = text_new(context);
    for (size_t i = 0; i < set->statement_count; i++)
    {
        char *text = NULL;
        if (strcmp(set->statements[i]->file->path, last) != 0)
            continue;
        if (sql_rewrite(context, set->statements[i], generation, &text, errors) != STATUS_OK)
            fail_with(errors, texts[count - 1]);
        text_add(all, all->length > 0 ? ";\n" : "");
        text_add(all, text);
    }
    return all->data;
}

static inline void check_case(const char *path, const Case *test)
{
    void *context = talloc_new(NULL);
    const char *paths[] = {path};
    const char *texts[] = {test->source};
    char *text = rewritten(context, paths, texts, 1);
    if (strcmp(text, test->expected) != 0)
        print_error("source:   %s\n", test->source);
    assert_string_equal(text, test->expected);
    talloc_free(context);
}

#define CREATE "CREATE MATERIALIZED VIEW public_new.v AS "
#define NO_DATA "\nWITH NO DATA"

static inline void check_queries(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case("v.sql", &cases[i]);
}

#define CHECK_QUERIES(cases) check_queries(cases, sizeof(cases) / sizeof *(cases))

#endif
