/*
 * verdict.h: how each rule judged a new generation.  Kept in the journal, shown by the report.
 */
#ifndef MATSWAP_VERDICT_H
#define MATSWAP_VERDICT_H

#include "matswap/config.h"

/*        name        word */
#define RULE_OUTCOMES(X)                                                                                            \
    X(RECORDED, "recorded")     /* no limit: shown, not judged */                                                   \
    X(PASSED, "passed")                                                                                             \
    X(FAILED, "failed")                                                                                             \
    X(NOT_JUDGED, "not judged") /* there was nothing to compare with, as on a first run: `detail` says what */

typedef enum RuleOutcome
{
#define X(name, word) RULE_##name,
    RULE_OUTCOMES(X)
#undef X
    RULE_OUTCOME_COUNT
} RuleOutcome;
const char *rule_outcome_word(RuleOutcome outcome);

/* "error", "warn" */
const char *severity_word(Severity severity);

/* One judgement.  Values are text as the server wrote them; before, after, difference and limit may be NULL. */
typedef struct RuleResult
{
    Name view;
    ViewKey rule;        /* for what is only recorded: the key that asked for it, KEY_SUMS for the row count */
    const char *subject; /* what of the view: "rows", "sum(amount)", a column, a key, a check's name */
    const char *before;  /* of the live generation; NULL: there is none, or it has no such value */
    const char *after;
    const char *difference; /* "-3.20%" */
    const char *limit;
    RuleOutcome outcome;
    Severity severity;
    const char *detail;   /* samples, rows of a check, why it was not judged; lines; NULL: nothing to add */
    const char *accepted; /* the reason for which a failure is accepted; NULL: it is not */
} RuleResult;

/* Is it a reason not to publish? */
bool rule_rejects(const RuleResult *result);

#endif
