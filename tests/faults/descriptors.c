/* descriptors.c: what is behind a descriptor. The kernel gives numbers out again, so close() forgets. */
#include "fault_points.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Descriptor
{
    Connection *connection;
    char *file;
} Descriptor;

static Descriptor *descriptors;
static size_t descriptor_count;

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static Descriptor *known(int descriptor)
{
    return descriptor < 0 || (size_t) descriptor >= descriptor_count ? NULL : &descriptors[descriptor];
}

static void forget(int number)
{
    Descriptor *descriptor = known(number);
    if (descriptor == NULL)
        return;
    free(descriptor->connection);
    free(descriptor->file);
    *descriptor = (Descriptor){0};
}

static Descriptor *renew(int number)
{
    if (known(number) == NULL)
    {
        size_t count = (size_t) number + 64;
        descriptors = realloc(descriptors, count * sizeof *descriptors);
        if (descriptors == NULL)
            point_defect("out of memory");
        memset(descriptors + descriptor_count, 0, (count - descriptor_count) * sizeof *descriptors);
        descriptor_count = count;
    }
    forget(number);
    return &descriptors[number];
}

void descriptor_set_connection(int descriptor, Connection *connection)
{
    renew(descriptor)->connection = connection;
}

void descriptor_set_file(int descriptor, const char *path)
{
    renew(descriptor)->file = strdup(file_name(path));
}

Connection *descriptor_connection(int descriptor)
{
    return known(descriptor) == NULL ? NULL : known(descriptor)->connection;
}

const char *descriptor_file(int descriptor)
{
    return known(descriptor) == NULL ? NULL : known(descriptor)->file;
}

int close(int descriptor)
{
    forget(descriptor);
    return REAL(close)(descriptor);
}
