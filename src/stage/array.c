#include "array.h"

#include "matswap/memory.h"
#include "matswap/text.h"

static void add_quoted(Text *text, const char *value)
{
    text_add(text, "\"");
    for (const char *c = value; *c != '\0'; c++)
    {
        if (*c == '"' || *c == '\\')
            text_add(text, "\\");
        text_add_bytes(text, c, 1);
    }
    text_add(text, "\"");
}

char *array_of_texts(const void *context, const char *const *values, size_t count)
{
    Text *text = text_new(context);
    text_add(text, "{");
    for (size_t i = 0; i < count; i++)
    {
        if (i > 0)
            text_add(text, ",");
        if (values[i] == NULL)
            text_add(text, "NULL");
        else
            add_quoted(text, values[i]);
    }
    text_add(text, "}");
    return text->data;
}

char *array_of_oids(const void *context, const uint32_t *values, size_t count)
{
    Text *text = text_new(context);
    text_add(text, "{");
    for (size_t i = 0; i < count; i++)
        text_addf(text, i > 0 ? ",%u" : "%u", values[i]);
    text_add(text, "}");
    return text->data;
}

bool array_has_oid(const uint32_t *oids, size_t count, uint32_t oid)
{
    for (size_t i = 0; i < count; i++)
        if (oids[i] == oid)
            return true;
    return false;
}
