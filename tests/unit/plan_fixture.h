/*
 * plan_fixture.h: a plan from SQL texts, read by the real parser, for the tests of src/plan/.
 * The configuration is filled by hand: schema public, search path public then analytics.
 */
#ifndef MATSWAP_PLAN_FIXTURE_H
#define MATSWAP_PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/plan.h"
#include "matswap/text.h"

typedef struct Source
{
    const char *path;
    const char *text;
} Source;

typedef struct Fixture
{
    Config config;
    const char *only[8]; /* until NULL */
    Errors *errors;
    SqlSet *set;
    Plan *plan;
} Fixture;

static inline Fixture *fixture_new(void)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    Config *config = &fixture->config;
    config->path = "conf/test.ini";
    config->set = "test";
    config->conninfo = "";
    config->queries = "q";
    config->schema = "public";
    config->journal = "test.db";
    config->jobs = 2;
    config->lock_timeout_from_ms = 2;
    config->lock_timeout_to_ms = 200;
    config->suffix_new = "_new";
    config->suffix_old = "_old";
    config->search_path = mem_array(fixture, const char *, 2);
    config->search_path[0] = "public";
    config->search_path[1] = "analytics";
    config->search_path_count = 2;
    fixture->errors = errors_new(fixture);
    return fixture;
}

/* Reads and plans; the sources themselves must be without error. */
static inline Status fixture_plan(Fixture *fixture, const Source *sources, size_t count)
{
    const char **paths = mem_array(fixture, const char *, count);
    const char **texts = mem_array(fixture, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        paths[i] = sources[i].path;
        texts[i] = sources[i].text;
    }
    Status status =
        sql_read_texts(fixture, paths, texts, count, fixture->config.schema, &fixture->set, fixture->errors);
    if (status != STATUS_OK)
        print_error("%s\n", error_format(fixture, fixture->errors->items[0]));
    assert_int_equal(status, STATUS_OK);
    size_t only_count = 0;
    while (fixture->only[only_count] != NULL)
        only_count++;
    return plan_make(fixture, &fixture->config, fixture->set, fixture->only, only_count, &fixture->plan,
                     fixture->errors);
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define ASSERT_PLANNED(fixture, sources)                                                                            \
    do                                                                                                              \
    {                                                                                                               \
        Status planned = fixture_plan((fixture), (sources), COUNT_OF(sources));                                     \
        if (planned != STATUS_OK)                                                                                   \
            print_error("%s\n", error_format((fixture), (fixture)->errors->items[0]));                              \
        assert_int_equal(planned, STATUS_OK);                                                                       \
    } while (0)

#define ASSERT_REFUSED(fixture, sources)                                                                            \
    assert_int_equal(fixture_plan((fixture), (sources), COUNT_OF(sources)), STATUS_FAILED)

static inline void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" should not be in:\n%s", part, text);
}

/* What a user would read about error `i`. */
static inline const char *error_text(Fixture *fixture, size_t i)
{
    assert_true(i < fixture->errors->count);
    return error_format(fixture, fixture->errors->items[i]);
}

static inline const PlanView *view_of(const Fixture *fixture, const char *schema, const char *name)
{
    const PlanView *view = plan_find_in_set(fixture->plan, (Name){schema, name});
    assert_non_null(view);
    return view;
}

/* "schema.name schema.name", in order */
static inline const char *names(const Fixture *fixture, PlanView *const *views, size_t count)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s%s.%s", i > 0 ? " " : "", views[i]->name.schema, views[i]->name.name);
    return text->data;
}

static inline const char *reads_of(const Fixture *fixture, const char *schema, const char *name)
{
    const PlanView *view = view_of(fixture, schema, name);
    PlanView **reads = mem_array(fixture, PlanView *, view->read_count);
    for (size_t i = 0; i < view->read_count; i++)
        reads[i] = view->reads[i].view;
    return names(fixture, reads, view->read_count);
}

#endif
