/* Goes when the rooms sql, plan and journal are merged: what this branch needs of them so that it links. */
#include "matswap/cli.h"
#include "matswap/journal.h"

Status sql_read_folder(const void *context, const char *folder, const char *default_schema, SqlSet **ret_set,
                       Errors *errors)
{
    errors_add(errors, ERROR_INTERNAL, "the room of SQL files is not merged yet");
    return STATUS_FAILED;
}

Status plan_make(const void *context, const Config *config, const SqlSet *sources, const char *const *only,
                 size_t only_count, Plan **ret_plan, Errors *errors)
{
    errors_add(errors, ERROR_INTERNAL, "the room of plans is not merged yet");
    return STATUS_FAILED;
}

void plan_print(const Plan *plan, PlanFormat format, FILE *out) {}

const char *run_state_word(RunState state) { return "?"; }
bool run_state_is_end(RunState state) { return false; }
const char *run_outcome_word(RunOutcome outcome) { return "?"; }
const char *view_status_word(ViewStatus status) { return "?"; }
