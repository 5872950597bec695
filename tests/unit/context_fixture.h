/* context_fixture.h: memory of a test's own, and what was printed to a file.  Include it after <cmocka.h>. */
#ifndef MATSWAP_TEST_CONTEXT_FIXTURE_H
#define MATSWAP_TEST_CONTEXT_FIXTURE_H

#include <stdio.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static void *context;

static inline int set_up(void **state)
{
    context = mem_context(NULL);
    return 0;
}

static inline int tear_down(void **state)
{
    talloc_free(context);
    return 0;
}

/* Closes it. */
static inline char *read_all(FILE *file)
{
    Text *text = text_new(context);
    char block[4096];
    size_t got;
    rewind(file);
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        text_add_bytes(text, block, got);
    fclose(file);
    return text->data;
}

#endif
