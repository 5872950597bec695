/*
 * file.h: files that others read while we write them.
 */
#ifndef MATSWAP_FILE_H
#define MATSWAP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* All of it, also where a signal or a pipe takes it in pieces.  False: errno says why. */
bool file_write_all(int descriptor, const char *data, size_t length);

/*
 * Puts a file with this mode in the place of `path`, at once: who opens it has the old one or the new one, whole.  It is
 * written beside it, under its name and six characters more, and made durable before.  False: errno says why, and
 * nothing has changed.
 */
bool file_replace(const char *path, const char *data, size_t length, mode_t mode);

#endif
