/*
 * File names for relations whose names may be anything.
 *
 * A name that is plain everywhere is kept: sales.sql, or audit.sales.sql outside of the default schema.  Any other is
 * made plain ('_' for what is not) and told apart by a hash of what it was: a_b-1f2e3d4c.sql for "a/b".  So are names
 * that differ only in case, but for the one that is all lower-case, since they may meet on a disk that knows no case.
 * What a file makes is said by its statements: its name is for people alone.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"

/* 32 bits of FNV-1a over both names and what separates them: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash_of(Name name)
{
    uint32_t hash = 2166136261u;
    const char *parts[] = {name.schema, name.name};
    for (size_t i = 0; i < 2; i++)
        for (const char *c = parts[i];; c++)
        {
            hash = (hash ^ (unsigned char) *c) * 16777619u;
            if (*c == '\0')
                break;
        }
    return hash;
}

/* Letters beyond ASCII are left to names that are quoted: how a disk folds or composes them differs. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Appends `part`; was it plain already?  A '-' in front would look like an option to a program that is given the
 * file. */
static bool add_part(Text *text, const char *part)
{
    bool plain = part[0] != '-';
    text_add(text, plain ? "" : "_");
    for (const char *c = plain ? part : part + 1; *c != '\0'; c++)
    {
        if (is_plain(*c))
            text_add_bytes(text, c, 1);
        else if (text->length == 0 || text->data[text->length - 1] != '_')
            text_add(text, "_");
        plain = plain && is_plain(*c);
    }
    return plain;
}

static char *lower(const void *context, const char *text)
{
    char *folded = mem_strdup(context, text);
    for (char *c = folded; *c != '\0'; c++)
        *c = (char) tolower((unsigned char) *c);
    return folded;
}

typedef struct Draft
{
    InitRelation *relation;
    const char *name; /* without .sql */
    const char *folded;
    bool plain;
} Draft;

static int compare_folded(const void *a, const void *b)
{
    return strcmp(((const Draft *) a)->folded, ((const Draft *) b)->folded);
}

/* Among several that fold to the same, only the one that is folded already keeps its name. */
static bool keeps_name(const Draft *drafts, size_t count, size_t at)
{
    const Draft *draft = &drafts[at];
    bool alone = (at == 0 || strcmp(drafts[at - 1].folded, draft->folded) != 0) &&
                 (at + 1 == count || strcmp(drafts[at + 1].folded, draft->folded) != 0);
    return draft->plain && (alone || strcmp(draft->name, draft->folded) == 0);
}

void file_names_give(const void *context, InitRelation **relations, size_t count, const char *default_schema)
{
    void *scratch = mem_context(NULL);
    Draft *drafts = mem_array(scratch, Draft, count);
    for (size_t i = 0; i < count; i++)
    {
        Text *text = text_new(scratch);
        bool plain = true;
        if (strcmp(relations[i]->name.schema, default_schema) != 0)
        {
            plain = add_part(text, relations[i]->name.schema);
            text_add(text, ".");
        }
        plain = add_part(text, relations[i]->name.name) && plain;
        drafts[i] = (Draft){relations[i], text->data, lower(scratch, text->data), plain};
    }
    qsort(drafts, count, sizeof *drafts, compare_folded);
    for (size_t i = 0; i < count; i++)
        drafts[i].relation->file = keeps_name(drafts, count, i) ? mem_printf(context, "%s.sql", drafts[i].name)
                                                                : mem_printf(context, "%s-%08x.sql", drafts[i].name,
                                                                             hash_of(drafts[i].relation->name));
    talloc_free(scratch);
}
