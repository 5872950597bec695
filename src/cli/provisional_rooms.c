/* Goes when the room sql is merged: what this branch needs of it so that it links. */
#include "matswap/cli.h"

static Status refuse(Errors *errors)
{
    errors_add(errors, ERROR_INTERNAL, "the room of SQL files is not merged yet");
    return STATUS_FAILED;
}

Status sql_read_folder(const void *context, const char *folder, const char *default_schema, SqlSet **ret_set,
                       Errors *errors)
{
    return refuse(errors);
}

Status sql_rewrite(const void *context, const SqlStatement *statement, SqlGeneration generation, char **ret_text,
                   Errors *errors)
{
    return refuse(errors);
}
