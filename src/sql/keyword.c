#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "matswap/sql.h"

bool sql_is_keyword(const char *word)
{
    PgQueryScanResult scan = pg_query_scan(word);
    bool keyword = false;
    if (scan.error == NULL)
    {
        PgQuery__ScanResult *tokens =
            pg_query__scan_result__unpack(NULL, scan.pbuf.len, (const uint8_t *) scan.pbuf.data);
        if (tokens != NULL && tokens->n_tokens == 1)
            keyword = tokens->tokens[0]->keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
        if (tokens != NULL)
            pg_query__scan_result__free_unpacked(tokens, NULL);
    }
    pg_query_free_scan_result(scan);
    return keyword;
}
