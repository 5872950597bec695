/*
 * Trials as words: what is printed of them repeats them.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

static const char *const action_words[] = {
#define X(name, word) word,
    ACTIONS(X)
#undef X
};

static const char *const series_words[] = {
#define X(name, word) word,
    SERIES(X)
#undef X
};

const char *action_word(Action action)
{
    return action_words[action];
}

const char *series_word(Series series)
{
    return series_words[series];
}

static bool find_word(const char *const *words, size_t count, const char *word, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
        {
            *ret_index = i;
            return true;
        }
    return false;
}

bool action_from_word(const char *word, Action *ret_action)
{
    size_t index;
    if (!find_word(action_words, ACTION_COUNT, word, &index))
        return false;
    *ret_action = (Action) index;
    return true;
}

bool series_from_word(const char *word, Series *ret_series)
{
    size_t index;
    if (!find_word(series_words, SERIES_COUNT, word, &index))
        return false;
    *ret_series = (Series) index;
    return true;
}

bool action_fits(Action action, PointKind kind)
{
    switch (action)
    {
    case ACTION_KILL:
    case ACTION_STOP:
    case ACTION_DOWN:
        return true;
    case ACTION_CUT:
        return kind == POINT_SEND || kind == POINT_RECEIVE;
    case ACTION_CUT_AFTER:
        return kind == POINT_SEND;
    case ACTION_FULL:
    case ACTION_FULL_ONCE:
        return kind == POINT_SPACE;
    case ACTION_NONE:
    case ACTION_COUNT:
    default:
        return false;
    }
}

char *trial_describe(const void *context, const Trial *trial)
{
    Text *text = text_new(context);
    text_addf(text, "--series %s --point %d --action %s --command '", series_word(trial->series), trial->steps[0].point,
              action_word(trial->steps[0].action));
    for (size_t i = 1; i < trial->step_count; i++)
    {
        const Step *step = &trial->steps[i];
        text_addf(text, "%s%s", i > 1 ? "," : "", step->command);
        if (step->action != ACTION_NONE)
            text_addf(text, "@%d:%s", step->point, action_word(step->action));
    }
    text_add(text, "'");
    return text->data;
}

static bool read_step(Step *step, char *word)
{
    char *fault = strchr(word, '@');
    *step = (Step){.command = word};
    if (fault == NULL)
        return word[0] != '\0';
    *fault++ = '\0';
    char *action;
    step->point = (int) strtol(fault, &action, 10);
    return *action == ':' && action_from_word(action + 1, &step->action);
}

bool trial_read_commands(const void *context, Trial *trial, const char *text)
{
    char *rest = mem_strdup(context, text);
    trial->step_count = 1;
    for (char *word; (word = strsep(&rest, ",")) != NULL;)
        if (trial->step_count == STEPS_MAX || !read_step(&trial->steps[trial->step_count++], word))
            return false;
    return trial->step_count > 1 && trial->steps[trial->step_count - 1].action == ACTION_NONE;
}
