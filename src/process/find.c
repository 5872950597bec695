/* find.c: is a program there? */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/process.h"

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

static bool is_in(const void *scratch, const char *path, const char *program)
{
    while (*path != '\0')
    {
        size_t length = strcspn(path, ":");
        if (is_program(mem_printf(scratch, "%.*s/%s", (int) length, path, program)))
            return true;
        path += path[length] == ':' ? length + 1 : length;
    }
    return false;
}

bool process_find_program(const char *folder, const char *program, const char **ret_path)
{
    void *scratch = mem_context(NULL);
    const char *path = getenv("PATH");
    if (path == NULL)
        path = "/bin:/usr/bin"; /* what the C library takes */
    bool named = strchr(program, '/') != NULL;
    *ret_path = named ? folder : path;
    bool found = named ? is_program(program[0] == '/' ? program : mem_printf(scratch, "%s/%s", folder, program))
                       : is_in(scratch, path, program);
    talloc_free(scratch);
    return found;
}
