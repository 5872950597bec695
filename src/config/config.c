#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

const Key matswap_keys[] = {
    {"set", value_read_set, offsetof(Config, set), NULL},
    {"conninfo", value_read_conninfo, offsetof(Config, conninfo), NULL},
    {"queries", value_read_path, offsetof(Config, queries), NULL},
    {"schema", value_read_identifier, offsetof(Config, schema), "public"},
    {"journal", value_read_path, offsetof(Config, journal), NULL},
    {"jobs", value_read_jobs, offsetof(Config, jobs), "2"},
    {"keep_old", value_read_bool, offsetof(Config, keep_old), "no"},
    {"on_failure", value_read_on_failure, offsetof(Config, on_failure), "abort"},
    {"lock_timeout", value_read_lock_timeout, 0, "2ms..200ms"},
    {"swap_timeout", value_read_duration, offsetof(Config, swap_timeout_ms), "5min"},
    {"on_blocked", value_read_on_blocked, offsetof(Config, on_blocked), "wait"},
    {"blocked_patience", value_read_duration, offsetof(Config, blocked_patience_ms), "30s"},
    {"foreign_snapshot", value_read_foreign_snapshot, offsetof(Config, foreign_snapshot), "separate"},
    {"reconnect_timeout", value_read_duration, offsetof(Config, reconnect_timeout_ms), "1min"},
    {"audit_table", value_read_relation, offsetof(Config, audit_table), NULL},
    {"notify", value_read_identifier, offsetof(Config, notify), NULL},
    {"before_run", value_read_command, offsetof(Config, before_run), NULL},
    {"after_swap", value_read_command, offsetof(Config, after_swap), NULL},
    {"after_failure", value_read_command, offsetof(Config, after_failure), NULL},
    {"hook_timeout", value_read_duration, offsetof(Config, hook_timeout_ms), "1min"},
    {"log_format", value_read_log_format, offsetof(Config, log_format), "text"},
    {"log_file", value_read_path, offsetof(Config, log_file), NULL},
    {"metrics", value_read_path, offsetof(Config, metrics), NULL},
    {"max_extra_space", value_read_size, offsetof(Config, max_extra_space), NULL},
    {"keep_history", value_read_long_duration, offsetof(Config, keep_history_ms), "90d"},
    {"stop_timeout", value_read_duration, offsetof(Config, stop_timeout_ms), "1min"},
    {"suffix_new", value_read_suffix, offsetof(Config, suffix_new), "_new"},
    {"suffix_old", value_read_suffix, offsetof(Config, suffix_old), "_old"},
};
const size_t matswap_key_count = sizeof matswap_keys / sizeof matswap_keys[0];

static const Key *find_key(const Key *keys, size_t key_count, const char *name)
{
    for (size_t i = 0; i < key_count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void complain_unknown_key(Loader *loader, const IniSection *section, const IniValue *value, const Key *keys,
                                 size_t key_count)
{
    const char **names = mem_array(NULL, const char *, key_count + 1);
    for (size_t i = 0; i < key_count; i++)
        names[i] = keys[i].name;
    const char *nearest = text_nearest(value->key, names);
    Error *error = value_complain(loader, value, "unknown key %s in [%s]", value->key, section->name);
    const char *elsewhere = section_of_key(value->key);
    if (elsewhere != NULL)
        error_remedy(error, "it belongs to [%s]", elsewhere);
    else if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    talloc_free(names);
}

void section_fill_usual(const Key *keys, size_t key_count, Loader *loader, void *target)
{
    for (size_t i = 0; i < key_count; i++)
    {
        IniValue value = {.key = keys[i].name, .text = mem_strdup(loader->config, keys[i].usual)};
        if (value.text != NULL)
            keys[i].read(loader, &value, (char *) target + keys[i].offset);
    }
}

void section_read(Loader *loader, const IniSection *section, const Key *keys, size_t key_count, void *target)
{
    for (size_t i = 0; i < section->value_count; i++)
    {
        const IniValue *value = &section->values[i];
        const Key *key = find_key(keys, key_count, value->key);
        if (key == NULL)
            complain_unknown_key(loader, section, value, keys, key_count);
        else if (value->text[0] == '\0')
            error_remedy(value_complain(loader, value, "%s has no value", value->key),
                         "give it one, or leave the key out");
        else
            key->read(loader, value, (char *) target + key->offset);
    }
}

bool section_has(const IniSection *section, const char *key)
{
    for (size_t i = 0; i < section->value_count; i++)
        if (strcmp(section->values[i].key, key) == 0)
            return true;
    return false;
}

void section_resolve_name(Loader *loader, const char *kind, const char *written, int line, Name *ret_name)
{
    const char *reason;
    if (!identifiers_name(loader->config, written, ret_name, &reason))
    {
        Error *error = errors_add(loader->errors, ERROR_CONFIG, "[%s %s] does not name a %s", kind, written,
                                  strcmp(kind, "view") == 0 ? "view" : "table");
        error_remedy(error_at(error, loader->path, line, 0), "%s", reason);
    }
    else if (ret_name->schema == NULL)
        ret_name->schema = loader->config->schema;
}

static void complain_unknown_section(Loader *loader, const IniSection *section)
{
    static const char *const known[] = {"matswap", "session", "view", "import", NULL};
    char *word = mem_strndup(NULL, section->name, strcspn(section->name, " "));
    const char *nearest = text_nearest(word, known);
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "unknown section [%s]", section->name);
    error_at(error, loader->path, section->line, 0);
    if (nearest != NULL && (strcmp(nearest, "view") == 0 || strcmp(nearest, "import") == 0))
        error_remedy(error, "did you mean [%s NAME]?", nearest);
    else if (nearest != NULL)
        error_remedy(error, "did you mean [%s]?", nearest);
    else
        error_remedy(error, "the sections are [matswap], [session], [view NAME] and [import NAME]");
    talloc_free(word);
}

static void read_section(Loader *loader, const IniSection *section)
{
    stated_add(loader->config, section);
    if (strcmp(section->name, "matswap") == 0)
        section_read(loader, section, matswap_keys, matswap_key_count, loader->config);
    else if (strcmp(section->name, "session") == 0)
        session_read(loader, section);
    else if (strncmp(section->name, "view ", strlen("view ")) == 0)
        rules_read(loader, section, mem_strdup(loader->config, section->name + strlen("view ")));
    else if (strncmp(section->name, "import ", strlen("import ")) == 0)
        import_read(loader, section, mem_strdup(loader->config, section->name + strlen("import ")));
    else
        complain_unknown_section(loader, section);
}

static const IniSection *find_section(const IniFile *file, const char *name)
{
    for (size_t i = 0; i < file->section_count; i++)
        if (strcmp(file->sections[i].name, name) == 0)
            return &file->sections[i];
    return NULL;
}

/* A key that stands there with a wrong value has had its error. */
static void require_key(Loader *loader, const IniSection *section, const char *key, const char *remedy)
{
    if (section_has(section, key))
        return;
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "[matswap] has no %s", key);
    error_remedy(error_at(error, loader->path, section->line, 0), "%s", remedy);
}

static void require_keys(Loader *loader, const IniFile *file)
{
    const IniSection *section = find_section(file, "matswap");
    if (section == NULL)
    {
        Error *error = errors_add(loader->errors, ERROR_CONFIG, "there is no section [matswap]");
        error_remedy(error_at(error, loader->path, 0, 0), "write it, with set and queries");
        return;
    }
    require_key(loader, section, "set", "add `set = NAME`, the name of this set of views");
    require_key(loader, section, "queries", "add `queries = FOLDER`, where the SQL files are");
    if (strcmp(loader->config->suffix_new, loader->config->suffix_old) == 0)
    {
        Error *error = errors_add(loader->errors, ERROR_CONFIG, "suffix_new and suffix_old are both %s",
                                  loader->config->suffix_new);
        error_remedy(error_at(error, loader->path, section->line, 0), "the two generations need different schemas");
    }
}

/* https://specifications.freedesktop.org/basedir-spec/ : a relative XDG_STATE_HOME is to be ignored */
static void default_journal(Loader *loader)
{
    Config *config = loader->config;
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (config->journal != NULL || config->set == NULL)
        return;
    if (state != NULL && state[0] == '/')
    {
        config->journal = mem_printf(config, "%s/matswap/%s.db", state, config->set);
        return;
    }
    if (home == NULL || home[0] != '/')
    {
        const struct passwd *user = getpwuid(getuid());
        home = user != NULL ? user->pw_dir : NULL;
    }
    if (home != NULL)
        config->journal = mem_printf(config, "%s/.local/state/matswap/%s.db", home, config->set);
    else
        error_remedy(error_at(errors_add(loader->errors, ERROR_CONFIG,
                                         "there is no place for the journal: neither "
                                         "XDG_STATE_HOME nor HOME is set"),
                              loader->path, 0, 0),
                     "add `journal = FILE` to [matswap]");
}

/* `schema` is searched even when search_path does not say so, first: unqualified names are created there. */
static void complete_search_path(Config *config)
{
    const char **path = NULL;
    size_t count = 0;
    for (size_t i = 0; i < config->search_path_count; i++)
        if (strcmp(config->search_path[i], config->schema) == 0)
            return;
    MEM_PUSH(config, path, count, config->schema);
    for (size_t i = 0; i < config->search_path_count; i++)
        MEM_PUSH(config, path, count, config->search_path[i]);
    config->search_path = path;
    config->search_path_count = count;
}

Config *config_new(const void *context, const char *path, Errors *errors)
{
    Config *config = mem_new(context, Config);
    config->path = mem_strdup(config, path);
    config->conninfo = "";
    config->max_extra_space = -1;
    section_fill_usual(matswap_keys, matswap_key_count, &(Loader){config->path, config, errors}, config);
    return config;
}

Status config_load(const void *context, const char *path, Config **ret_config, Errors *errors)
{
    size_t before = errors->count;
    Config *config = config_new(context, path, errors);
    Loader loader = {config->path, config, errors};
    IniFile *file;
    Status readable = ini_file_read(config, path, &file, errors);
    if (file == NULL)
    {
        talloc_free(config);
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < file->section_count; i++)
        read_section(&loader, &file->sections[i]);
    require_keys(&loader, file);
    default_journal(&loader);
    rules_resolve(&loader);
    if (config->audit_table.name != NULL && config->audit_table.schema == NULL)
        config->audit_table.schema = config->schema;
    imports_resolve(&loader);
    complete_search_path(config);
    talloc_free(file);
    if (readable != STATUS_OK || errors_since(errors, before) != STATUS_OK)
    {
        talloc_free(config);
        return STATUS_FAILED;
    }
    *ret_config = config;
    return STATUS_OK;
}

char *config_folder(const void *context, const Config *config)
{
    const char *slash = strrchr(config->path, '/');
    if (slash == NULL)
        return mem_strdup(context, ".");
    return slash == config->path ? mem_strdup(context, "/")
                                 : mem_strndup(context, config->path, (size_t) (slash - config->path));
}

Status config_find(const void *context, const char **ret_path, Errors *errors)
{
    static const char *const places[] = {"./matswap.ini", "/etc/matswap/matswap.ini"};
    const char *named = getenv("MATSWAP_CONFIG");
    if (named != NULL && named[0] != '\0')
    {
        *ret_path = mem_strdup(context, named);
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], F_OK) == 0)
        {
            *ret_path = places[i];
            return STATUS_OK;
        }
    error_remedy(errors_add(errors, ERROR_CONFIG,
                            "no configuration: MATSWAP_CONFIG is not set, and there is neither "
                            "%s nor %s",
                            places[0], places[1]),
                 "name one with -c FILE");
    return STATUS_FAILED;
}
