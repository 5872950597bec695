#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

static char folder[] = "/tmp/matswap-unit.XXXXXX";
static char *conninfo;

/* The first line that the command prints; NULL when it fails. */
static char *output_of(const char *command)
{
    FILE *pipe = popen(command, "re");
    char *line = NULL;
    size_t size = 0;
    if (pipe == NULL || getline(&line, &size, pipe) < 0)
        line = NULL;
    if (pipe == NULL || pclose(pipe) != 0)
        return NULL;
    if (line != NULL)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

int cluster_setup(void **state)
{
    if (mkdtemp(folder) == NULL)
        return -1;
    const char *bindir = getenv("MATSWAP_TEST_BINDIR");
    char *command = mem_printf(NULL, "scripts/pg-cluster start %s%s%s%s", folder, bindir == NULL ? "" : " --bindir '",
                               bindir == NULL ? "" : bindir, bindir == NULL ? "" : "'");
    conninfo = output_of(command);
    talloc_free(command);
    return conninfo == NULL ? -1 : 0;
}

int cluster_teardown(void **state)
{
    free(conninfo);
    char *command = mem_printf(NULL, "scripts/pg-cluster stop %s --immediate --remove", folder);
    int status = system(command);
    talloc_free(command);
    return status == 0 ? 0 : -1;
}

const char *cluster_conninfo(void)
{
    return conninfo;
}

Config *cluster_config(const void *context)
{
    Config *config = mem_new(context, Config);
    config->path = "conf/test.ini";
    config->set = "test";
    config->conninfo = conninfo;
    config->schema = "public";
    config->max_extra_space = -1;
    return config;
}
