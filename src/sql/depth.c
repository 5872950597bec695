#include "sql_internal.h"

#include "matswap/memory.h"

/*
 * libpg_query writes trees out by recursion and checks no stack there: a chain of 5,000 operators ends the process
 * (8 MB of stack).  So the depth of the tree is estimated from the tokens before they are parsed; never too low, and
 * for what people write not much too high.
 */

/* One pair of brackets. */
typedef struct Level
{
    size_t chained; /* joins and set operations: each has all before it below it */
    size_t cases;   /* CASE without END yet */
    size_t loose;   /* operators and the like since the last separator */
} Level;

static size_t weight(const Level *level)
{
    return level->chained + level->cases + level->loose + 1;
}

static void count_token(Level *level, const Token *token)
{
    switch (token->kind)
    {
    case PG_QUERY__TOKEN__UNION:
    case PG_QUERY__TOKEN__INTERSECT:
    case PG_QUERY__TOKEN__EXCEPT:
    case PG_QUERY__TOKEN__JOIN:
        level->chained++;
        level->loose = 0;
        break;
    case PG_QUERY__TOKEN__CASE:
        level->cases++;
        break;
    case PG_QUERY__TOKEN__END_P:
        level->cases -= level->cases > 0;
        break;
    case PG_QUERY__TOKEN__ASCII_44:
    case PG_QUERY__TOKEN__ASCII_59:
    case PG_QUERY__TOKEN__AND:
    case PG_QUERY__TOKEN__OR:
    case PG_QUERY__TOKEN__WHEN:
    case PG_QUERY__TOKEN__THEN:
    case PG_QUERY__TOKEN__ELSE:
    case PG_QUERY__TOKEN__SELECT:
    case PG_QUERY__TOKEN__FROM:
    case PG_QUERY__TOKEN__WHERE:
    case PG_QUERY__TOKEN__ON:
        level->loose = 0;
        break;
    case PG_QUERY__TOKEN__IDENT:
    case PG_QUERY__TOKEN__UIDENT:
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__ASCII_46:
        break;
    default:
        level->loose++;
        break;
    }
}

size_t source_depth(const Source *source)
{
    Level *levels = mem_array(source, Level, 1);
    size_t count = 1;
    size_t outer = 0; /* weights of all levels but the innermost */
    size_t deepest = 0;
    for (size_t i = 0; i < source->token_count; i++)
    {
        int kind = source->tokens[i].kind;
        if (kind == PG_QUERY__TOKEN__ASCII_40 || kind == PG_QUERY__TOKEN__ASCII_91)
        {
            outer += weight(&levels[count - 1]);
            Level inner = {0, 0, 0};
            MEM_PUSH(source, levels, count, inner);
        }
        else if (kind != PG_QUERY__TOKEN__ASCII_41 && kind != PG_QUERY__TOKEN__ASCII_93)
            count_token(&levels[count - 1], &source->tokens[i]);
        else if (count > 1)
            outer -= weight(&levels[--count - 1]);
        size_t depth = outer + weight(&levels[count - 1]);
        deepest = depth > deepest ? depth : deepest;
    }
    talloc_free(levels);
    return deepest;
}
