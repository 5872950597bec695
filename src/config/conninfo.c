/*
 * The connection string, checked by libpq's own parser.  Neither it nor a message of libpq that may quote from
 * it is ever shown: even one that does not parse may hold a password.
 */
#include <libpq-fe.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "value.h"

/* libpq's messages that quote nothing but the name of an option: fe-connect.c, conninfo_parse and
 * conninfo_uri_parse_params */
static bool names_an_option(const char *message)
{
    return strncmp(message, "invalid connection option \"", strlen("invalid connection option \"")) == 0 ||
           strncmp(message, "invalid URI query parameter: \"", strlen("invalid URI query parameter: \"")) == 0;
}

static const char *nearest_option(const void *context, const char *word)
{
    const char **candidates = NULL;
    size_t count = 0;
    PQconninfoOption *defaults = PQconndefaults();
    for (PQconninfoOption *option = defaults; option != NULL && option->keyword != NULL; option++)
        MEM_PUSH(context, candidates, count, mem_strdup(context, option->keyword));
    PQconninfoFree(defaults);
    MEM_PUSH(context, candidates, count, NULL);
    return text_nearest(word, candidates);
}

static void complain_unreadable(Loader *loader, const IniValue *value, const char *message)
{
    void *scratch = mem_context(NULL);
    const char *quote = message != NULL && names_an_option(message) ? strchr(message, '"') + 1 : NULL;
    if (quote == NULL)
        error_remedy(value_complain(loader, value, "%s is not a connection string that libpq can read", value->key),
                     "see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING (its text is not "
                     "shown: it may hold a password)");
    else
    {
        char *word = mem_strndup(scratch, quote, strcspn(quote, "\""));
        const char *nearest = nearest_option(scratch, word);
        Error *error = value_complain(loader, value, "%s: libpq knows no option %s", value->key, word);
        if (nearest != NULL)
            error_remedy(error, "did you mean %s?", nearest);
        else
            error_remedy(error, "see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS");
    }
    talloc_free(scratch);
}

/* libpq marks what must not be shown with the display character '*'. */
static const char *find_secret(const PQconninfoOption *options)
{
    for (; options->keyword != NULL; options++)
        if (options->val != NULL && options->val[0] != '\0' && strchr(options->dispchar, '*') != NULL)
            return options->keyword;
    return NULL;
}

void value_read_conninfo(Loader *loader, const IniValue *value, void *ret_target)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(value->text, &message);
    if (options == NULL)
    {
        complain_unreadable(loader, value, message);
        PQfreemem(message);
        return;
    }
    const char *secret = find_secret(options);
    if (secret != NULL)
        error_remedy(value_complain(loader, value, "%s holds a %s, which would end in a process list or a log",
                                    value->key, secret),
                     "put it into a password file (~/.pgpass, PGPASSFILE), a service file or the environment");
    else
        *(const char **) ret_target = mem_strdup(loader->config, value->text);
    PQconninfoFree(options);
}
