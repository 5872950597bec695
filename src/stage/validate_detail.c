/*
 * validate_detail.c: values of views as a result's detail shows them.
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "validate_internal.h"

/* Longer values are cut; the queries give one character more. */
static const size_t shown_characters = 63; /* as many as a name may have */

static bool starts_character(char byte)
{
    return ((unsigned char) byte & 0xC0) != 0x80;
}

char *detail_value(const void *context, const char *value)
{
    if (value == NULL)
        return mem_strdup(context, "NULL");
    size_t length = 0;
    size_t characters = 0;
    for (; value[length] != '\0'; length++)
        if (starts_character(value[length]) && ++characters > shown_characters)
            break;
    Text *text = text_new(context);
    char *start = mem_strndup(text, value, length);
    text_add_visible(text, start);
    if (value[length] != '\0')
        text_add(text, "…");
    char *shown = text->data;
    talloc_steal(context, shown);
    talloc_free(text);
    return shown;
}

char *percent_text(const void *context, Percent percent)
{
    return percent.set ? mem_printf(context, "%s%%", percent.number) : NULL;
}

void detail_add_line(Text *detail, const char *line)
{
    text_addf(detail, "%s%s", detail->length > 0 ? "\n" : "", line);
}

bool detail_is_verdict(const Errors *errors)
{
    /* transaction rollback, insufficient resources, operator intervention, system error: nothing that the data says */
    static const char *const others[] = {"40", "53", "57", "58", "XX"};
    const char *sqlstate = errors_empty(errors) ? NULL : errors->items[0]->sqlstate;
    for (size_t i = 0; sqlstate != NULL && i < sizeof others / sizeof *others; i++)
        if (strncmp(sqlstate, others[i], 2) == 0)
            return false;
    return sqlstate != NULL;
}

char *detail_refusal(const void *context, const Errors *errors)
{
    const Error *error = errors->items[0];
    return error->detail == NULL ? mem_strdup(context, error->server_message)
                                 : mem_printf(context, "%s\n%s", error->server_message, error->detail);
}
