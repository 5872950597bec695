/* config_fixture.h: a configuration file in a folder of its own, and all its errors, for the tests of src/config/. */
#ifndef MATSWAP_CONFIG_FIXTURE_H
#define MATSWAP_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "matswap/config.h"
#include "matswap/memory.h"
#include "matswap/text.h"

#define MINIMAL "[matswap]\nset = s\nqueries = q\n"

/* A talloc root, a folder, and the file c.ini in it. */
typedef struct Fixture
{
    char *folder;
    char *path;
    Errors *errors;
    Config *config;
} Fixture;

static inline int set_up(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->folder = mem_strdup(fixture, "/tmp/matswap-config-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->path = mem_printf(fixture, "%s/c.ini", fixture->folder);
    fixture->errors = errors_new(fixture);
    setenv("XDG_STATE_HOME", "/state", 1);
    *state = fixture;
    return 0;
}

static inline int tear_down(void **state)
{
    Fixture *fixture = *state;
    unlink(fixture->path);
    rmdir(fixture->folder);
    talloc_free(fixture);
    return 0;
}

static inline Status load_bytes(Fixture *fixture, const char *text, size_t length)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
    errors_truncate(fixture->errors, 0);
    fixture->config = NULL;
    return config_load(fixture, fixture->path, &fixture->config, fixture->errors);
}

static inline void load(Fixture *fixture, const char *text)
{
    Status status = load_bytes(fixture, text, strlen(text));
    for (size_t i = 0; i < fixture->errors->count; i++)
        print_error("%s\n", error_format(fixture, fixture->errors->items[i]));
    assert_int_equal(status, STATUS_OK);
}

/* All messages, one per line, as "LINE: message; remedy". */
static inline const char *all_errors(Fixture *fixture)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < fixture->errors->count; i++)
    {
        const Error *error = fixture->errors->items[i];
        assert_int_equal(error->kind, ERROR_CONFIG);
        assert_string_equal(error->file, fixture->path);
        text_addf(text, "%d: %s%s%s\n", error->line, error->message, error->remedy != NULL ? "; " : "",
                  error->remedy != NULL ? error->remedy : "");
    }
    return text->data;
}

static inline void assert_fails(Fixture *fixture, const char *text, const char *expected)
{
    assert_int_equal(load_bytes(fixture, text, strlen(text)), STATUS_FAILED);
    assert_null(fixture->config);
    assert_string_equal(all_errors(fixture), expected);
}

/* One more line after the minimal file: it is line 4. */
static inline void assert_line_fails(Fixture *fixture, const char *line, const char *expected)
{
    assert_fails(fixture, mem_printf(fixture, MINIMAL "%s\n", line), expected);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
