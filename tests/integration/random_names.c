/* The choices of random_queries, its output, and the names it writes: few, in many spellings. */
#include "random_queries.h"

#include <stdarg.h>
#include <string.h>

static uint64_t state;
static FILE *out;

static const char *const pool[] = {"a", "b", "t", "u", "x", "y"};
const char *const schemas[3] = {"a", "b", "c"};

const char *const relations[3][5] = {
    {"a", "b", "t", "u", NULL}, {"b", "t", "x", "u", NULL}, {"t", "x", "y", "u", NULL}};

void seed(uint64_t number)
{
    state = number;
}

/* splitmix64, https://prng.di.unimi.it/splitmix64.c */
unsigned pick(unsigned count)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned) ((z ^ (z >> 31)) % count);
}

bool chance(unsigned percent)
{
    return pick(100) < percent;
}

FILE *put_to(FILE *stream)
{
    FILE *before = out;
    out = stream;
    return before;
}

void put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
}

void put_name(const char *name)
{
    bool bare = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(name);
    if (!bare || chance(20))
        put("\"%s\"", name);
    else if (strlen(name) == 1 && chance(10))
        put("%c", name[0] - 'a' + 'A'); /* folded */
    else
        put("%s", name);
}

void put_dot(void)
{
    static const char *const dots[] = {" . ", "/* a.t */.", ". /* b.x */ "};
    const char *dot = chance(85) ? "." : dots[pick(3)];
    put("%s", dot);
}

void put_qualified(const char *schema, const char *name)
{
    put_name(schema);
    put_dot();
    put_name(name);
}

const char *pool_name(void)
{
    return pool[pick(sizeof pool / sizeof *pool)];
}

static bool has_relation(size_t schema, const char *name)
{
    for (size_t i = 0; relations[schema][i] != NULL; i++)
        if (strcmp(relations[schema][i], name) == 0)
            return true;
    return false;
}

const char *found_in(const char *name)
{
    for (size_t i = 0; i < 3; i++)
        if (has_relation(i, name))
            return schemas[i];
    return NULL;
}

void write_type(void)
{
    size_t schema = pick(3);
    if (chance(40))
        put_name(pool_name());
    else
        put_qualified(schemas[schema], relations[schema][pick(4)]);
}

void write_constant(const char *type)
{
    size_t schema = pick(3);
    const char *name = relations[schema][pick(4)];
    switch (pick(4))
    {
    case 0:
        put("'%s.%s'::%s", schemas[schema], name, type);
        break;
    case 1:
        put("%s '%s'", type, pool_name());
        break;
    case 2:
        put("CAST($q$\"%s\".%s$q$ AS %s)", schemas[schema], name, type);
        break;
    default:
        put("E'%s\\x2e%s'::pg_catalog.%s", schemas[schema], name, type);
        break;
    }
}
