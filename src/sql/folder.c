#include "sql_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Listing
{
    char **paths;
    size_t count;
    Errors *errors;
} Listing;

/* The folders on the way down: a symbolic link must not lead back into one of them. */
typedef struct Ancestor
{
    dev_t device;
    ino_t inode;
    const struct Ancestor *parent;
} Ancestor;

static void list_folder(Listing *listing, const char *folder, const Ancestor *parent);

static void add_failure(Listing *listing, const char *path)
{
    Error *error = errors_add(listing->errors, ERROR_SOURCE, "cannot read: %s", strerror(errno));
    error_remedy(error_at(error, path, 0, 0), "check the path and its permissions");
}

static bool is_inside(const struct stat *status, const Ancestor *ancestor)
{
    for (; ancestor != NULL; ancestor = ancestor->parent)
        if (ancestor->device == status->st_dev && ancestor->inode == status->st_ino)
            return true;
    return false;
}

static bool has_suffix(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".sql") == 0;
}

static void add_entry(Listing *listing, char *path, const char *name, const Ancestor *ancestor)
{
    struct stat status;
    if (stat(path, &status) != 0)
    {
        if (has_suffix(name))
            add_failure(listing, path);
    }
    else if (S_ISDIR(status.st_mode))
    {
        if (!is_inside(&status, ancestor))
            list_folder(listing, path, ancestor);
    }
    else if (has_suffix(name))
        MEM_PUSH(listing, listing->paths, listing->count, path);
}

static void list_folder(Listing *listing, const char *folder, const Ancestor *parent)
{
    struct stat status;
    DIR *directory = stat(folder, &status) == 0 ? opendir(folder) : NULL;
    if (directory == NULL)
    {
        add_failure(listing, folder);
        return;
    }
    Ancestor ancestor = {status.st_dev, status.st_ino, parent};
    size_t length = strlen(folder);
    const char *separator = length > 0 && folder[length - 1] == '/' ? "" : "/";
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            add_entry(listing, mem_printf(listing, "%s%s%s", folder, separator, entry->d_name), entry->d_name,
                      &ancestor);
    if (errno != 0)
        add_failure(listing, folder);
    closedir(directory);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* A file that cannot be read is a mistake in the source folder, found before anything was touched. */
static char *read_text(Listing *listing, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    size_t before = listing->errors->count;
    if (text_read_file(listing, path, &text, &length, listing->errors) != STATUS_OK)
    {
        listing->errors->items[before]->kind = ERROR_SOURCE;
        return mem_strdup(listing, "");
    }
    const char *zero = memchr(text, '\0', length);
    if (zero != NULL)
    {
        Error *error = errors_add(listing->errors, ERROR_SOURCE, "the file holds a zero byte at offset %zu",
                                  (size_t) (zero - text));
        error_remedy(error_at(error, path, 0, 0), "save the file as UTF-8 text");
    }
    return text;
}

Status sql_read_folder(const void *context, const char *folder, const char *default_schema, SqlSet **ret_set,
                       Errors *errors)
{
    size_t before = errors->count;
    Listing *listing = mem_new(context, Listing);
    listing->errors = errors;
    list_folder(listing, folder, NULL);
    if (listing->count > 1)
        qsort(listing->paths, listing->count, sizeof *listing->paths, compare_paths);
    char **texts = mem_array(listing, char *, listing->count);
    size_t readable = 0;
    for (size_t i = 0; i < listing->count; i++)
    {
        size_t failures = errors->count;
        texts[readable] = read_text(listing, listing->paths[i]);
        listing->paths[readable] = listing->paths[i];
        readable += errors->count == failures;
    }
    SqlSet *set = NULL;
    Status status = set_read(context, (const char *const *) listing->paths, (const char *const *) texts, readable,
                             default_schema, errors->count > before, &set, errors);
    talloc_free(listing);
    if (status == STATUS_OK && errors_since(errors, before) == STATUS_OK)
        *ret_set = set;
    else if (status == STATUS_OK)
        talloc_free(set);
    return errors_since(errors, before);
}
