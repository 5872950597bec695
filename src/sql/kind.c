#include "matswap/sql.h"

/* The relation's kind for people, for SQL, and in pg_class.relkind. */
static const struct
{
    const char *word, *sql;
    char relkind;
} kinds[] = {
    [VIEW_MATERIALIZED] = {"materialized view", "MATERIALIZED VIEW", 'm'},
    [VIEW_ORDINARY] = {"view", "VIEW", 'v'},
    [VIEW_IMPORT] = {"import", "TABLE", 'r'},
};

const char *view_kind_word(ViewKind kind)
{
    return kinds[kind].word;
}

const char *view_kind_former_word(ViewKind kind)
{
    return kind == VIEW_IMPORT ? "table" : view_kind_word(kind);
}

const char *relation_kind_sql(ViewKind kind)
{
    return kinds[kind].sql;
}

ViewKind relation_kind(const char *relkind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].relkind == relkind[0])
            return (ViewKind) i;
    return VIEW_ORDINARY; /* whoever asks has made sure that it is one of these */
}

bool view_kind_is_stored(ViewKind kind)
{
    return kind != VIEW_ORDINARY;
}
