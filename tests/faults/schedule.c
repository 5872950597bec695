/*
 * Which trials there are for the points of a run, and which of them make a sample.
 */
#include "driver.h"

#include <string.h>

/* A server that crashes takes a second: outside the swap not at every point. */
static const int stop_every = 12;
static const int down_every = 24;
/* Every so often the next command meets a fault, too; then another follows. */
static const size_t double_every = 7;

const char *schedule_command(Series series)
{
    switch (series)
    {
    case SERIES_RESUME:
        return "resume";
    case SERIES_ROLLBACK:
        return "rollback";
    case SERIES_RUN:
    case SERIES_KEEP:
    case SERIES_MOVED:
    case SERIES_FIRST:
    case SERIES_ISOLATE:
    case SERIES_LOST:
    case SERIES_COUNT:
    default:
        return "run";
    }
}

static bool wanted(const Point *point, Action action)
{
    if (!action_fits(action, point->kind))
        return false;
    if (action == ACTION_STOP)
        return point->phase == PHASE_SWAP || point->number % stop_every == 0;
    if (action == ACTION_DOWN)
        return point->phase == PHASE_SWAP || point->number % down_every == 0;
    return true;
}

/*
 * What the operator types next.  A source that has moved on must not be mixed with a generation that was built before:
 * plain `resume` may.
 */
static const char *next_command(const Scenario *scenario, size_t turn)
{
    static const char *const commands[] = {"run", "resume", "rollback"};
    if (scenario->series == SERIES_LOST)
        return "run";
    if (scenario->series == SERIES_MOVED)
        return turn % 2 == 0 ? "resume --strict" : "run";
    return commands[turn % 3];
}

static Step second_fault(Scenario *scenario, const Points *points, const char *command)
{
    static const Action actions[] = {ACTION_KILL, ACTION_CUT, ACTION_FULL_ONCE, ACTION_KILL};
    Action action = actions[scenario_random(scenario, 4)];
    /* what comes first in a command is recovery */
    uint64_t reach = strcmp(command, "run") == 0 ? points->count : 80;
    const Point *point = &points->items[scenario_random(scenario, reach < points->count ? reach : points->count)];
    return (Step){.command = command, .point = point->number,
                  .action = action_fits(action, point->kind) ? action : ACTION_KILL};
}

static Trial make_trial(Scenario *scenario, const Points *points, const Point *point, Action action, size_t turn)
{
    Trial trial = {.series = scenario->series, .step_count = 1};
    trial.steps[0] = (Step){.command = schedule_command(scenario->series), .point = point->number, .action = action};
    const char *command = next_command(scenario, turn);
    if (scenario->series == SERIES_LOST)
        trial.steps[trial.step_count++] = (Step){.command = "rollback --orphans --yes"};
    if (turn % double_every == double_every - 1)
    {
        trial.steps[trial.step_count++] = second_fault(scenario, points, command);
        command = next_command(scenario, turn % (2 * double_every) < double_every ? 0 : 2);
    }
    trial.steps[trial.step_count++] = (Step){.command = command};
    return trial;
}

Schedule *schedule_all(const void *context, Scenario *scenario, const Points *points)
{
    Schedule *schedule = mem_new(context, Schedule);
    for (size_t i = 0; i < points->count; i++)
        for (Action action = ACTION_KILL; action < ACTION_COUNT; action++)
        {
            if (!wanted(&points->items[i], action))
                continue;
            size_t turn = schedule->count;
            size_t same = turn;
            MEM_PUSH(schedule, schedule->phases, same, points->items[i].phase);
            Trial trial = make_trial(scenario, points, &points->items[i], action, turn);
            MEM_PUSH(schedule, schedule->items, schedule->count, trial);
        }
    return schedule;
}

static void move_item(Schedule *to, const Schedule *from, size_t index)
{
    size_t same = to->count;
    MEM_PUSH(to, to->phases, same, from->phases[index]);
    MEM_PUSH(to, to->items, to->count, from->items[index]);
}

static void shuffle(Scenario *scenario, size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--)
    {
        size_t other = scenario_random(scenario, i);
        size_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* Which action a point gets: without a rhythm that shards could fall into; other seeds try the others. */
static size_t turn_of(const Scenario *scenario, int point)
{
    uint64_t mixed = ((uint64_t) point + scenario->options->seed * 1000003) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t) (mixed >> 40); /* Fibonacci hashing: the high bits are well mixed */
}

Schedule *schedule_each(const void *context, const Scenario *scenario, const Schedule *all)
{
    Schedule *each = mem_new(context, Schedule);
    size_t end;
    for (size_t first = 0; first < all->count; first = end)
    {
        end = first + 1;
        while (end < all->count && all->items[end].steps[0].point == all->items[first].steps[0].point)
            end++;
        move_item(each, all, first + turn_of(scenario, all->items[first].steps[0].point) % (end - first));
    }
    return each;
}

static size_t group_of(const Schedule *schedule, size_t index)
{
    return (size_t) schedule->phases[index] * ACTION_COUNT + schedule->items[index].steps[0].action;
}

/* Rounds: one trial of each phase and action in turn, of the slow actions in every third round. */
Schedule *schedule_sample(const void *context, Scenario *scenario, const Schedule *all, size_t count)
{
    Schedule *sample = mem_new(context, Schedule);
    size_t *order = mem_array(sample, size_t, all->count);
    bool *taken = mem_array(sample, bool, all->count);
    for (size_t i = 0; i < all->count; i++)
        order[i] = i;
    shuffle(scenario, order, all->count);
    bool progress = true;
    for (size_t round = 0; sample->count < count && (progress || round % 3 != 0); round++)
    {
        bool seen[PHASE_COUNT * ACTION_COUNT] = {false};
        progress = false;
        for (size_t i = 0; i < all->count && sample->count < count; i++)
        {
            Action action = all->items[order[i]].steps[0].action;
            bool slow = action == ACTION_STOP || action == ACTION_DOWN;
            bool *group = &seen[group_of(all, order[i])];
            if (taken[order[i]] || *group || (slow && round % 3 != 0))
                continue;
            taken[order[i]] = true;
            *group = true;
            progress = true;
            move_item(sample, all, order[i]);
        }
    }
    return sample;
}

size_t schedule_shard(Schedule *schedule, const Points *points, size_t shard, size_t shards)
{
    size_t kept = 0;
    size_t share = 0;
    for (size_t i = 0; i < schedule->count; i++)
        if ((size_t) schedule->items[i].steps[0].point % shards == shard)
        {
            schedule->items[kept] = schedule->items[i];
            schedule->phases[kept++] = schedule->phases[i];
        }
    schedule->count = kept;
    for (size_t i = 0; i < points->count; i++)
        share += (size_t) points->items[i].number % shards == shard ? 1 : 0;
    return share;
}
