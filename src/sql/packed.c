#include "sql_internal.h"

#include <string.h>

#include "matswap/memory.h"

enum
{
    ARENA_BLOCK = 64 * 1024
};

/* protobuf-c frees a tree by visiting all 240 members of every Node; dropping blocks is far cheaper. */
struct Arena
{
    ProtobufCAllocator allocator;
    char *block; /* the current one; earlier ones are talloc children of the arena as well */
    size_t used, size;
};

static void *allocate(void *data, size_t size)
{
    Arena *arena = data;
    size = (size + 15) & ~(size_t) 15;
    if (size > arena->size - arena->used)
    {
        arena->size = size > ARENA_BLOCK ? size : ARENA_BLOCK;
        arena->block = memory_checked(talloc_size(arena, arena->size));
        arena->used = 0;
    }
    void *pointer = arena->block + arena->used;
    arena->used += size;
    return pointer;
}

static void keep(void *data, void *pointer)
{
}

Arena *arena_new(const void *context)
{
    Arena *arena = mem_new(context, Arena);
    arena->allocator = (ProtobufCAllocator){allocate, keep, arena};
    return arena;
}

void *arena_alloc(Arena *arena, size_t size)
{
    return memset(allocate(arena, size), 0, size);
}

char *arena_strdup(Arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(allocate(arena, size), text, size);
}

void arena_reset(Arena *arena)
{
    char *block = arena->block;
    if (block != NULL)
        talloc_steal(NULL, block);
    talloc_free_children(arena);
    if (block != NULL)
        talloc_steal(arena, block);
    arena->used = 0;
}

static size_t read_varint(const uint8_t **at, const uint8_t *end)
{
    size_t value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7)
    {
        uint8_t byte = *(*at)++;
        value |= (size_t) (byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

/*
 * The members of a packed ParseResult without unpacking it: field 1, a varint, is the version; field 2, length
 * delimited, a RawStmt (https://protobuf.dev/programming-guides/encoding/).
 */
static void split_statements(Packed *packed, const uint8_t *at, size_t length)
{
    const uint8_t *end = at + length;
    while (at < end)
    {
        size_t tag = read_varint(&at, end);
        size_t value = read_varint(&at, end);
        if (tag != (2 << 3 | 2))
            continue;
        PackedStatement statement = {at, value};
        MEM_PUSH(packed, packed->statements, packed->count, statement);
        at += value;
    }
}

Packed *packed_parse(const void *context, const char *text)
{
    Packed *packed = mem_new(context, Packed);
    PgQueryProtobufParseResult result = pg_query_parse_protobuf(text);
    if (result.error != NULL)
    {
        packed->message = mem_strdup(packed, result.error->message);
        packed->character = result.error->cursorpos;
    }
    else
    {
        uint8_t *bytes = mem_array(packed, uint8_t, result.parse_tree.len);
        memcpy(bytes, result.parse_tree.data, result.parse_tree.len);
        split_statements(packed, bytes, result.parse_tree.len);
    }
    pg_query_free_protobuf_parse_result(result);
    return packed;
}

PgQuery__RawStmt *packed_unpack(PackedStatement statement, Arena *arena)
{
    return memory_checked(pg_query__raw_stmt__unpack(&arena->allocator, statement.length, statement.bytes));
}

PgQuery__ScanResult *packed_scan(PgQueryProtobuf scan, Arena *arena)
{
    return memory_checked(pg_query__scan_result__unpack(&arena->allocator, scan.len, (const uint8_t *) scan.data));
}
