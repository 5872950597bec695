#include "import_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/memory.h"

static Error *complain(const Config *config, const Import *import, Errors *errors, const char *what, const char *reason)
{
    char *name = name_qualified(errors, import->name);
    Error *error = errors_add(errors, ERROR_IMPORT, "the import %s: %s: %s", name, what, reason);
    error_at(error_object(error, name), config->path, import->line, 0);
    talloc_free(name);
    return error;
}

static void check_file(const Config *config, const Import *import, Errors *errors)
{
    struct stat found;
    int error = stat(import->file, &found) != 0 || access(import->file, R_OK) != 0 ? errno : 0;
    if (error != 0)
        error_remedy(complain(config, import, errors, import->file, strerror(error)),
                     error == ENOENT ? "let whoever writes it do so first, or correct `file`"
                                     : "let the user that runs matswap read it");
    else if (!S_ISREG(found.st_mode))
        error_remedy(complain(config, import, errors, import->file, "it is not a file"),
                     "name a file; what is read from a pipe or a device is the output of a `command`");
}

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

/* As execvp(3) looks for it, from the folder that the command starts in. */
static bool find_program(const void *scratch, const char *folder, const char *path, const char *program)
{
    if (strchr(program, '/') != NULL)
        return is_program(program[0] == '/' ? program : mem_printf(scratch, "%s/%s", folder, program));
    while (*path != '\0')
    {
        size_t length = strcspn(path, ":");
        if (is_program(mem_printf(scratch, "%.*s/%s", (int) length, path, program)))
            return true;
        path += path[length] == ':' ? length + 1 : length;
    }
    return false;
}

/* What a shell makes of a command is its business. */
static void check_command(const Config *config, const Import *import, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *program = import->command.words[0];
    const char *folder = config_folder(scratch, config);
    const char *path = getenv("PATH");
    if (path == NULL)
        path = "/bin:/usr/bin"; /* what the C library takes */
    if (!find_program(scratch, folder, path, program))
    {
        Error *error = complain(config, import, errors, program, "there is no such program that can be executed");
        if (strchr(program, '/') == NULL)
            error_remedy(error, "install it, or write where it is; PATH is %s", path);
        else
            error_remedy(error, "is it there, and executable?  What is no absolute path is looked for in %s, the "
                                "configuration's folder", folder);
    }
    talloc_free(scratch);
}

void import_check(const Config *config, const Import *import, Errors *errors)
{
    if (import->file != NULL)
        check_file(config, import, errors);
    else
        check_command(config, import, errors);
}
