#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"

/* Array input: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
static void add_element(Text *text, const char *value)
{
    text_add(text, text->length > 1 ? ",\"" : "\"");
    for (const char *c = value; *c != '\0'; c++)
    {
        if (*c == '"' || *c == '\\')
            text_add(text, "\\");
        text_add_bytes(text, c, 1);
    }
    text_add(text, "\"");
}

static char *finish(const void *context, Text *text)
{
    text_add(text, "}");
    char *result = talloc_steal(context, text->data);
    talloc_free(text);
    return result;
}

char *pg_array_text(const void *context, const char *const *values, size_t count)
{
    Text *text = text_new(context);
    text_add(text, "{");
    for (size_t i = 0; i < count; i++)
        add_element(text, values[i]);
    return finish(context, text);
}

char *pg_array_oids(const void *context, const uint32_t *oids, size_t count)
{
    Text *text = text_new(context);
    text_add(text, "{");
    for (size_t i = 0; i < count; i++)
        text_addf(text, i > 0 ? ",%u" : "%u", oids[i]);
    return finish(context, text);
}
