/*
 * word.c: enumerations as the journal spells them, and the journal's time and names.
 */
#include "journal_internal.h"

#include <string.h>
#include <time.h>

#include "journal_word.h"
#include "matswap/memory.h"

static const char *const outcomes[RUN_OUTCOME_COUNT] = {
#define X(name, word) word,
    RUN_OUTCOMES(X)
#undef X
};

static const char *const phases[RUN_PHASE_COUNT] = {
#define X(name, word) word,
    RUN_PHASES(X)
#undef X
};

static const char *const statuses[VIEW_STATUS_COUNT] = {
    [VIEW_PLANNED] = "planned",   [VIEW_BUILDING] = "building", [VIEW_BUILT] = "built",
    [VIEW_INDEXED] = "indexed",   [VIEW_COMPLETE] = "complete", [VIEW_FAILED] = "failed",
    [VIEW_ISOLATED] = "isolated",
};

static const char *const rule_outcomes[RULE_OUTCOME_COUNT] = {
#define X(name, word) word,
    RULE_OUTCOMES(X)
#undef X
};

static const char *const severities[] = {
    [SEVERITY_ERROR] = "error",
    [SEVERITY_WARN] = "warn",
};

static const char *const kinds[] = {
    [VIEW_MATERIALIZED] = "materialized",
    [VIEW_ORDINARY] = "ordinary",
    [VIEW_IMPORT] = "import",
};

const char *run_outcome_word(RunOutcome outcome)
{
    return outcomes[outcome];
}

const char *run_phase_word(RunPhase phase)
{
    return phases[phase];
}

const char *rule_outcome_word(RuleOutcome outcome)
{
    return rule_outcomes[outcome];
}

const char *severity_word(Severity severity)
{
    return severities[severity];
}

bool rule_rejects(const RuleResult *result)
{
    return result->outcome == RULE_FAILED && result->severity == SEVERITY_ERROR && result->accepted == NULL;
}

const char *view_status_word(ViewStatus status)
{
    return statuses[status];
}

bool view_status_is_usable(ViewStatus status)
{
    return status == VIEW_INDEXED || status == VIEW_COMPLETE;
}

/* The intent of a creation has no OID yet, either; it is not complete. */
bool journal_view_leaves(const JournalView *view)
{
    return view->old_oid != 0 && view->new_oid == 0 && view->status == VIEW_COMPLETE;
}

const char *journal_kind_word(ViewKind kind)
{
    return kinds[kind];
}

bool journal_view_is_kept(const JournalView *view)
{
    return view->status == VIEW_FAILED || view->status == VIEW_ISOLATED;
}

bool journal_view_moves_out(const JournalView *view)
{
    return view->old_oid != 0 && !journal_view_is_kept(view);
}

bool journal_view_moves_in(const JournalView *view)
{
    return view->new_oid != 0 && !journal_view_is_kept(view);
}

static int find_word(const char *const *words, int count, const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

int journal_outcome_from_word(const char *word)
{
    return find_word(outcomes, RUN_OUTCOME_COUNT, word);
}

int journal_phase_from_word(const char *word)
{
    return find_word(phases, RUN_PHASE_COUNT, word);
}

int journal_status_from_word(const char *word)
{
    return find_word(statuses, VIEW_STATUS_COUNT, word);
}

int journal_kind_from_word(const char *word)
{
    return find_word(kinds, sizeof kinds / sizeof kinds[0], word);
}

int journal_rule_from_word(const char *word)
{
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (strcmp(view_key_word(key), word) == 0)
            return (int) key;
    return -1;
}

int journal_rule_outcome_from_word(const char *word)
{
    return find_word(rule_outcomes, RULE_OUTCOME_COUNT, word);
}

int journal_severity_from_word(const char *word)
{
    return find_word(severities, sizeof severities / sizeof severities[0], word);
}

/* The time `milliseconds` ago. */
static struct tm utc_ago(double milliseconds, long *ret_milliseconds)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t then = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000 - (int64_t) milliseconds;
    time_t seconds = (time_t) (then / 1000);
    gmtime_r(&seconds, &parts);
    *ret_milliseconds = (long) (then % 1000);
    return parts;
}

char *journal_ago(const void *context, double milliseconds)
{
    long fraction;
    struct tm then = utc_ago(milliseconds, &fraction);
    return mem_printf(context, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", then.tm_year + 1900, then.tm_mon + 1, then.tm_mday,
                      then.tm_hour, then.tm_min, then.tm_sec, fraction);
}

char *journal_now(const void *context)
{
    return journal_ago(context, 0);
}

char *journal_run_name(const void *context)
{
    long fraction;
    struct tm now = utc_ago(0, &fraction);
    unsigned char random[3];
    sqlite3_randomness(sizeof random, random); /* from the system's generator, and it cannot fail */
    return mem_printf(context, "%04d%02d%02dT%02d%02d%02dZ-%02x%02x%02x", now.tm_year + 1900, now.tm_mon + 1,
                      now.tm_mday, now.tm_hour, now.tm_min, now.tm_sec, random[0], random[1], random[2]);
}
