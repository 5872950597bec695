/*
 * Who holds a lock, in words.  The control connection says in its application_name which process on which host it
 * belongs to; every role can read that in pg_stat_activity.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

static const char *const mark = "/control ";

/* NAMEDATALEN - 1: where the server cuts application_name (src/include/pg_config_manual.h) */
enum
{
    LONGEST_APPLICATION = 63
};

/*
 * "control PID@HOST".  A host that does not fit is cut, so that the server doesn't cut the name; a pid never is: where a
 * set's name leaves no room for it, there is none.
 */
static char *control_label(const void *context, const char *set, long pid)
{
    struct utsname host;
    size_t room = LONGEST_APPLICATION - strlen("matswap/") - strlen(set) - strlen("/");
    char *label = mem_printf(context, "control %ld@%s", pid, uname(&host) == 0 ? host.nodename : "");
    if (strcspn(label, "@") > room)
        return mem_strdup(context, "control");
    if (strlen(label) > room)
        label[room] = '\0';
    return label;
}

char *lock_control_label(const void *context, const char *set)
{
    return control_label(context, set, (long) getpid());
}

/* "matswap/SET/control PID@HOST" */
typedef struct Holder
{
    char *set;
    long pid;
    const char *host; /* "" when it did not fit */
} Holder;

static bool read_application(const void *context, const char *application, Holder *ret_holder)
{
    const char *found = strstr(application, mark);
    if (strncmp(application, "matswap/", strlen("matswap/")) != 0 || found == NULL)
        return false;
    char *end;
    long pid = strtol(found + strlen(mark), &end, 10);
    if (pid <= 0 || (*end != '@' && *end != '\0'))
        return false;
    const char *set = application + strlen("matswap/");
    *ret_holder = (Holder){.set = mem_strndup(context, set, found > set ? (size_t) (found - set) : 0),
                           .pid = pid,
                           .host = *end == '@' ? end + 1 : ""};
    return true;
}

/* A process of this host that is not there any more, or this very one: what it left on the server is going. */
static bool is_gone(const Holder *holder)
{
    void *scratch = mem_context(NULL);
    const char *label = control_label(scratch, holder->set, holder->pid);
    const char *host = strchr(label, '@');
    bool here = host != NULL && strcmp(host + 1, holder->host) == 0;
    talloc_free(scratch);
    return here && (holder->pid == (long) getpid() || (kill((pid_t) holder->pid, 0) != 0 && errno == ESRCH));
}

Status lock_holders(const void *context, PgConnection *control, const char *key, PgRows **ret_rows, Errors *errors)
{
    return pg_query(context, control, ret_rows, errors, SQL_LOCK_HOLDERS, 1, &key);
}

bool lock_holders_gone(const PgRows *rows)
{
    void *scratch = mem_context(NULL);
    bool gone = true;
    for (size_t i = 0; gone && i < pg_row_count(rows); i++)
    {
        Holder holder;
        gone = read_application(scratch, pg_text(rows, i, "application"), &holder) && is_gone(&holder);
    }
    talloc_free(scratch);
    return gone;
}

static void add_since(Text *text, const PgRows *rows, size_t row)
{
    const char *since = pg_value(rows, row, "since"); /* NULL: not for this role to see */
    if (since != NULL)
        text_addf(text, " since %s", since);
}

static void add_holder(Text *text, const PgRows *rows, size_t row, const char *set)
{
    const char *application = pg_text(rows, row, "application");
    const char *client = pg_value(rows, row, "client");
    Holder holder;
    if (read_application(text, application, &holder))
    {
        text_addf(text, "matswap process %ld", holder.pid);
        if (strcmp(holder.set, set) != 0)
            text_addf(text, " of the set %s", holder.set);
        if (holder.host[0] != '\0')
            text_addf(text, " on host %s", holder.host);
        text_add(text, is_gone(&holder) ? ", which has ended," : "");
        add_since(text, rows, row);
        text_addf(text, " (server process %s, role %s)", pg_text(rows, row, "pid"), pg_text(rows, row, "role"));
        return;
    }
    text_addf(text, "server process %s (%s, role %s", pg_text(rows, row, "pid"),
              application[0] != '\0' ? application : "without a name", pg_text(rows, row, "role"));
    if (client != NULL)
        text_addf(text, ", from %s", client);
    text_add(text, ")");
    add_since(text, rows, row);
}

char *lock_holders_text(const void *context, const PgRows *rows, const char *set)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        text_add(text, i > 0 ? ", " : "");
        add_holder(text, rows, i, set);
    }
    return text->data;
}
