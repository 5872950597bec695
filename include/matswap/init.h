/*
 * init.h: from a live database to a folder that `check` and `run` can be told to use.
 *
 * Reads the catalog (nothing else, and nothing is changed or locked for longer than a statement), decides which views
 * make a set that a run would not refuse, and writes a file for each, a configuration, and sketches for tables that may
 * become views.  All of it is written beside its place, read back by the program's own parsers, and moved in at the
 * end: all or nothing.
 */
#ifndef MATSWAP_INIT_H
#define MATSWAP_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/error.h"
#include "matswap/name.h"
#include "matswap/sql.h"

typedef struct InitOptions
{
    const char *from; /* conninfo; NULL: PG* variables decide */
    const char *set;  /* NULL: after the database */
    const char **schemas; /* whose views are wanted, as the catalog spells them or quoted; none: of all */
    size_t schema_count;
    bool tables; /* also sketches for tables that may have come from CREATE TABLE AS */
    bool grants; /* state the owners' grants; else they are comments */
    const char *folder; /* where it is written, without a slash at its end; made when it is not there */
} InitOptions;

/* A relation that is adopted, or a table that could be. */
typedef struct InitView
{
    Name name;
    ViewKind kind;
    int64_t rows, bytes; /* of the last vacuum or analyze; -1: not known */
    const char *file;    /* within the folder: "queries/sales.sql" */
    const char *because; /* a run needs it in the set although it was not asked for; NULL: it was */
    bool populated;
} InitView;

typedef struct InitResult
{
    const char *database;
    const char *config; /* "DIR/matswap.ini" */
    InitView *views; /* by name */
    size_t view_count;
    InitView *tables; /* by name; only with --tables */
    size_t table_count;
    Errors *left_out; /* an ERROR_REFUSED for each view that was wanted and cannot be adopted, with what to do */
} InitResult;

/*
 * Connects, decides, writes.  Child of `context`.  Fails, and leaves nothing behind, when there is nothing to adopt
 * (then what was left out is among the errors), when something is in the way of what it would write, when it cannot be
 * written, or when a connection string or the set's name is none (config_of_options).
 */
Status init_adopt(const void *context, const InitOptions *options, InitResult **ret_result, Errors *errors) MUST_CHECK;

#endif
