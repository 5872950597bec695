/*
 * Files, all or none: written below a hidden folder beside their place, looked at there, then moved in, the
 * configuration as the last.  What a crash leaves behind is that hidden folder, or queries without a configuration:
 * neither is ever read.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init_internal.h"
#include "matswap/memory.h"

static Status fail(Errors *errors, const char *what, const char *path)
{
    int reason = errno;
    error_remedy(error_at(errors_add(errors, ERROR_SYSTEM, "cannot %s: %s", what, strerror(reason)), path, 0, 0),
                 reason == ENOENT ? "make the folder that it is to be in" : "nothing was written; name another folder");
    return STATUS_FAILED;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void refuse(Errors *errors, const char *path, const char *what)
{
    error_remedy(error_at(errors_add(errors, ERROR_REFUSED, "%s", what), path, 0, 0),
                 "init never overwrites: name another folder, or move this away");
}

void write_look(const char *folder, const char *const *entries, size_t count, Errors *errors)
{
    void *scratch = mem_context(NULL);
    if (is_there(folder) && !is_folder(folder))
        refuse(errors, folder, "it exists, and is no folder");
    for (size_t i = 0; i < count; i++)
    {
        const char *path = mem_printf(scratch, "%s/%s", folder, entries[i]);
        if (is_there(path))
            refuse(errors, path, "it exists");
    }
    talloc_free(scratch);
}

/* ---- the stage ---------------------------------------------------------------------------------------------- */

typedef struct Stage
{
    const char *folder; /* where it all goes */
    bool made;          /* that folder is there already */
    char *hidden;       /* by mkdtemp() */
    char *content;      /* in it: what is to be moved */
} Stage;

/* On the same file system as the folder: in it, or where it will be. */
static char *place_of(const void *context, const Stage *stage)
{
    const char *slash = strrchr(stage->folder, '/');
    if (stage->made)
        return mem_strdup(context, stage->folder);
    if (slash == NULL)
        return mem_strdup(context, ".");
    return slash == stage->folder ? mem_strdup(context, "/")
                                  : mem_strndup(context, stage->folder, (size_t) (slash - stage->folder));
}

static Status stage_begin(const void *context, const char *folder, Stage *ret_stage, Errors *errors)
{
    Stage stage = {.folder = folder, .made = is_folder(folder)};
    stage.hidden = mem_printf(context, "%s/.matswap-init-XXXXXX", place_of(context, &stage));
    if (mkdtemp(stage.hidden) == NULL)
        return fail(errors, "write there", stage.folder);
    stage.content = mem_printf(context, "%s/new", stage.hidden);
    *ret_stage = stage;
    if (mkdir(stage.content, 0777) == 0)
        return STATUS_OK;
    return fail(errors, "make a folder", stage.content);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void) remove(path);
    return 0;
}

/* The hidden folder, and what has not left it. */
static void stage_end(const Stage *stage)
{
    static const int most_descriptors = 16;
    (void) nftw(stage->hidden, remove_one, most_descriptors, FTW_DEPTH | FTW_PHYS);
}

static bool write_bytes(int descriptor, const char *text)
{
    size_t left = strlen(text);
    while (left > 0)
    {
        ssize_t written = write(descriptor, text, left);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0)
        {
            text += written;
            left -= (size_t) written;
        }
    }
    return true;
}

static Status write_file(const void *context, const Stage *stage, const InitFile *file, Errors *errors)
{
    char *path = mem_printf(context, "%s/%s", stage->content, file->path);
    const char *shown = mem_printf(context, "%s/%s", stage->folder, file->path);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t) file->mode);
    if (descriptor < 0)
        return fail(errors, "write it", shown);
    bool complete = write_bytes(descriptor, file->text);
    int reason = errno;
    if (close(descriptor) == 0 && complete)
        return STATUS_OK;
    errno = complete ? errno : reason;
    return fail(errors, "write it", shown);
}

/* An entry that is not itself a file is a folder of them, which may stay empty. */
static Status make_folders(const void *context, const Stage *stage, const char *const *entries, size_t entry_count,
                           const InitFile *files, size_t file_count, Errors *errors)
{
    for (size_t i = 0; i < entry_count; i++)
    {
        bool is_file = false;
        for (size_t j = 0; j < file_count; j++)
            is_file = is_file || strcmp(files[j].path, entries[i]) == 0;
        char *path = mem_printf(context, "%s/%s", stage->content, entries[i]);
        if (!is_file && mkdir(path, 0777) != 0)
            return fail(errors, "make a folder", path);
    }
    return STATUS_OK;
}

/* ---- to its place ------------------------------------------------------------------------------------------- */

/* Never over something.  Where the file system cannot promise that (EINVAL), it is looked for just before. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (is_there(to))
    {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

static Status move_entries(const void *context, const Stage *stage, const char *const *entries, size_t count,
                           Errors *errors)
{
    for (size_t i = 0; i < count; i++)
    {
        const char *from = mem_printf(context, "%s/%s", stage->content, entries[i]);
        const char *to = mem_printf(context, "%s/%s", stage->folder, entries[i]);
        if (rename_new(from, to) == 0)
            continue;
        Status status = fail(errors, "put it there", to);
        while (i-- > 0)
            (void) rename(mem_printf(context, "%s/%s", stage->folder, entries[i]),
                          mem_printf(context, "%s/%s", stage->content, entries[i]));
        return status;
    }
    return STATUS_OK;
}

static Status move_folder(const Stage *stage, Errors *errors)
{
    return rename_new(stage->content, stage->folder) == 0 ? STATUS_OK : fail(errors, "put it there", stage->folder);
}

Status write_all(const void *context, const char *folder, const char *const *entries, size_t entry_count,
                 const InitFile *files, size_t file_count, WriteCheck *check, void *closure, Errors *errors)
{
    Stage stage = {0};
    Status status = stage_begin(context, folder, &stage, errors);
    if (stage.hidden == NULL)
        return STATUS_FAILED;
    if (status == STATUS_OK)
        status = make_folders(context, &stage, entries, entry_count, files, file_count, errors);
    for (size_t i = 0; i < file_count && status == STATUS_OK; i++)
        status = write_file(context, &stage, &files[i], errors);
    if (status == STATUS_OK)
        status = check(closure, stage.content, errors);
    if (status == STATUS_OK)
        status = stage.made ? move_entries(context, &stage, entries, entry_count, errors) : move_folder(&stage, errors);
    stage_end(&stage);
    return status;
}
