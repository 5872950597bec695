/*
 * hook_internal.h: what a hook is told; hook.c calls it.
 */
#ifndef MATSWAP_STAGE_HOOK_INTERNAL_H
#define MATSWAP_STAGE_HOOK_INTERNAL_H

#include "matswap/text.h"
#include "stage_internal.h"

typedef enum Hook
{
    HOOK_BEFORE_RUN,
    HOOK_AFTER_SWAP,
    HOOK_AFTER_FAILURE,
    HOOK_COUNT
} Hook;

/* One call of a hook. */
typedef struct HookCall
{
    Run *run;
    Hook hook;
    int attempt;          /* from 1; more: who called it before has died */
    const char *outcome;  /* "started", "swapped", or why there was no swap */
    int exit_code;        /* that the command is about to end with; -1: not known */
    const Errors *errors; /* why; NULL: none, or nobody knows any more */
} HookCall;

/* The key of the configuration. */
const char *hook_word(Hook hook);

/* MATSWAP_…, NULL-terminated; child of `context`. */
const char **hook_environment(const void *context, const HookCall *call);

/* The same and more as a JSON document, with a line end. */
Text *hook_document(const void *context, const HookCall *call);

#endif
