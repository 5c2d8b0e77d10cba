/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and small files of an engine; what goes wrong ends the process with a sentence. */
#ifndef WEIR_FILES_H
#define WEIR_FILES_H

#include <stdbool.h>
#include <sys/types.h>

/* The directory and those above it, with this mode where they are new. */
void make_directories(const char *path, mode_t mode);

/* Copies what is below a directory; files that are there already are kept, but for those keep() says no to.
 */
void copy_directory(const char *from, const char *to, bool (*keep)(const char *name));

/* Removes the directory and all that is in it; nothing where it is not there. */
void remove_directory(const char *path);

/* The file's text, at most 64 KiB of it; NULL where there is none. */
char *read_file(const char *path);

void write_file(const char *path, const char *content);

/* The regular files of a directory whose names end so, in order, joined by ':' and each after the prefix. */
char *join_files(const char *directory, const char *ending, const char *prefix);

#endif
