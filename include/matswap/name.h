/*
 * name.h: names of relations, and how they are written in SQL.
 *
 * A Name holds names as the catalog has them (not quoted, not folded).  Quoting follows
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS : a name is left bare
 * only when the scanner reads it back as the same identifier and no version knows it as a keyword that could
 * not stand there; everything else is quoted, with quotes doubled.
 */
#ifndef MATSWAP_NAME_H
#define MATSWAP_NAME_H

#include <stdbool.h>

typedef struct Name
{
    const char *schema; /* NULL: unqualified */
    const char *name;
} Name;

/* Both parts equal (an unqualified name equals only an unqualified one). */
bool name_equal(Name a, Name b);

/* Order by schema, then name, bytewise; for qsort on Name. */
int name_compare(const void *a, const void *b);

/* `text` as an identifier: x, "X", "a b".  talloc child of `context`. */
char *name_quote(const void *context, const char *text);

/* `text` as a string literal: 'it''s', or E'...' when it holds a backslash.  talloc child of `context`. */
char *name_literal(const void *context, const char *text);

/* schema.name, each quoted where needed; an unqualified name alone. */
char *name_qualified(const void *context, Name name);

#endif
