/*
 * label_provider.c: a provider of security labels that takes every label, for surroundings.sh.
 *
 * The server's headers are another package than the server, so what is needed of them is written out: the block that the
 * server compares when it loads a module (src/include/fmgr.h; its shape changed with 15 and with 18) and one function
 * (src/include/commands/seclabel.h).  Compile with -DPG_MAJOR=15.
 */
#include <stddef.h>

typedef struct AbiFields
{
    int version, function_arguments, index_keys, name_length, float8_by_value;
#if PG_MAJOR >= 15
    char extra[32];
#endif
} AbiFields;

typedef struct MagicBlock
{
    int length;
    AbiFields fields;
#if PG_MAJOR >= 18
    const char *name, *version;
#endif
} MagicBlock;

const MagicBlock *Pg_magic_func(void);
void _PG_init(void);
void register_label_provider(const char *name, void (*check)(const void *object, const char *label));

const MagicBlock *Pg_magic_func(void)
{
    static const MagicBlock block = {
        .length = sizeof block,
        .fields = {.version = PG_MAJOR * 100,
                   .function_arguments = 100,
                   .index_keys = 32,
                   .name_length = 64,
                   .float8_by_value = 1,
#if PG_MAJOR >= 15
                   .extra = "PostgreSQL",
#endif
        },
    };
    return &block;
}

static void take_any(const void *object, const char *label)
{
    (void) object;
    (void) label;
}

void _PG_init(void)
{
    register_label_provider("It's a provider", take_any);
}
