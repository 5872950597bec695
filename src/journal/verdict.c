/*
 * verdict.c: how the rules judged a run's generation.
 */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/memory.h"

typedef struct Verdicts
{
    const JournalRun *run;
    const RuleResult *given;
    const void *context; /* of what is read */
    RuleResult *results;
    size_t count; /* of one or the other */
} Verdicts;

static Status put_verdict(Journal *journal, const JournalRun *run, size_t position, const RuleResult *result,
                          Errors *errors)
{
    Binds binds = BINDS(bind_integer(":run_id", run->id), bind_integer(":position", (int64_t) position),
                        bind_text(":schema", result->view.schema), bind_text(":name", result->view.name),
                        bind_text(":rule", view_key_word(result->rule)), bind_text(":subject", result->subject),
                        bind_text(":severity", severity_word(result->severity)),
                        bind_text(":outcome", rule_outcome_word(result->outcome)), bind_text(":before", result->before),
                        bind_text(":after", result->after), bind_text(":difference", result->difference),
                        bind_text(":bound", result->limit), bind_text(":detail", result->detail),
                        bind_text(":accepted", result->accepted));
    return journal_execute(journal, JOURNAL_SQL_VERDICT_INSERT, binds, NULL, NULL, errors);
}

static Status put_verdicts(Journal *journal, void *data, Errors *errors)
{
    const Verdicts *verdicts = data;
    Status status = journal_verdicts_delete(journal, verdicts->run, errors);
    for (size_t i = 0; status == STATUS_OK && i < verdicts->count; i++)
        status = put_verdict(journal, verdicts->run, i, &verdicts->given[i], errors);
    return status;
}

Status journal_verdicts_delete(Journal *journal, const JournalRun *run, Errors *errors)
{
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    return journal_execute(journal, JOURNAL_SQL_VERDICT_DELETE, run_id, NULL, NULL, errors);
}

Status journal_verdicts_put(Journal *journal, const JournalRun *run, const RuleResult *results, size_t count,
                            Errors *errors)
{
    Verdicts verdicts = {.run = run, .given = results, .count = count};
    return journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, put_verdicts, &verdicts, errors);
}

/* The columns of sql/verdict_select.sql, in order. */
static Status read_verdict(Row *row, void *data, Errors *errors)
{
    Verdicts *verdicts = data;
    RuleResult result = {0};
    result.view.schema = row_text(row, verdicts->context);
    result.view.name = row_text(row, verdicts->context);
    int rule = row_word(row, journal_rule_from_word, "rule", errors);
    result.subject = row_text(row, verdicts->context);
    int severity = row_word(row, journal_severity_from_word, "severity", errors);
    int outcome = row_word(row, journal_rule_outcome_from_word, "outcome of a rule", errors);
    result.before = row_text(row, verdicts->context);
    result.after = row_text(row, verdicts->context);
    result.difference = row_text(row, verdicts->context);
    result.limit = row_text(row, verdicts->context);
    result.detail = row_text(row, verdicts->context);
    result.accepted = row_text(row, verdicts->context);
    if (rule < 0 || severity < 0 || outcome < 0)
        return STATUS_FAILED;
    result.rule = (ViewKey) rule;
    result.severity = (Severity) severity;
    result.outcome = (RuleOutcome) outcome;
    MEM_PUSH(verdicts->context, verdicts->results, verdicts->count, result);
    return STATUS_OK;
}

Status journal_verdicts(const void *context, Journal *journal, const JournalRun *run, RuleResult **ret_results,
                        size_t *ret_count, Errors *errors)
{
    Verdicts verdicts = {.run = run, .context = context};
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    if (journal->format >= JOURNAL_FORMAT_WITH_VERDICTS &&
        journal_execute(journal, JOURNAL_SQL_VERDICT_SELECT, run_id, read_verdict, &verdicts, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_results = verdicts.results;
    *ret_count = verdicts.count;
    return STATUS_OK;
}
