/*
 * resume.h: what is decided about a run that is resumed (resume_decision.c), and done (resume.c).
 */
#ifndef MATSWAP_STAGE_RESUME_H
#define MATSWAP_STAGE_RESUME_H

#include "stage_internal.h"

typedef struct Resume
{
    Run *run;
    bool strict;
    void *scratch;
    uint32_t *oids;     /* [plan->view_count] of what was built; 0: nothing */
    bool unchanged;     /* it was built, and by the same files */
    size_t kept;        /* views that stay */
    size_t to_fill;     /* views that are built */
    const char *anew;   /* why nothing stays; NULL: something does */
    Errors *errors;
} Resume;

/* Two of the reasons in run->resumed[].because; the second only where nothing is built at all: else it is tried again. */
extern const char resume_not_built[], resume_stays_out[];

/* Are the schemas still those that the run made? */
bool resume_same_schemas(const Run *run);

/* By the catalog and the journal alone: run->resumed, and what is counted in *resume. */
Status resume_decide(Resume *resume) MUST_CHECK;

/* The same counts, when reasons have been added to run->resumed. */
void resume_count(Resume *resume);

/* Is there nothing to do before the next stage? */
bool resume_is_ready(const Resume *resume);

/* Are the views that stay all of the run's snapshot? */
bool resume_one_coordinate(const Resume *resume);

#endif
