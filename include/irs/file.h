/* file: whole files. Reading is bounded and refuses what isn't regular; writing is aside and renamed, so that a file is there whole or not at all. */
#ifndef IRS_FILE_H
#define IRS_FILE_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/str.h"

#include <sys/types.h>

/* All of a regular file of at most `limit` bytes, NUL-terminated behind, in `a`. "-" is standard input. IRS_USAGE otherwise. */
bool file_read(struct arena *a, const char *path, size_t limit, struct str *out, struct err *e);
/* Writes beside `path` (mode as said), syncs file and directory, renames. "-" is standard output. */
bool file_write(const char *path, struct str data, mode_t mode, struct err *e);
/* mkdir -p, with this mode for what is made. */
bool file_make_dirs(const char *path, mode_t mode, struct err *e);
/* The directory of the running program, from /proc/self/exe, in `a`; NULL if unknown. */
char *file_program_dir(struct arena *a);

#endif
