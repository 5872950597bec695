#include "import_internal.h"

#include <errno.h>
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

/* What a shell makes of a command is its business. */
static void check_command(const Config *config, const Import *import, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *program = import->command.words[0];
    const char *folder = config_folder(scratch, config);
    const char *path;
    if (!process_find_program(folder, program, &path))
    {
        Error *error = complain(config, import, errors, program, "there is no such program that can be executed");
        if (strchr(program, '/') == NULL)
            error_remedy(error, "install it, or write where it is; PATH is %s", path);
        else
            error_remedy(error, "is it there, and executable?  What is no absolute path is looked for in %s, the "
                                "configuration's folder", path);
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
