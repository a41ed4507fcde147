/* host_pattern: the patterns that OpenSSH's files match host names with: `*` any text, `?` one character, `!` before a pattern of a list excludes. */
#ifndef WORLD_HOST_PATTERN_H
#define WORLD_HOST_PATTERN_H

#include "irs/str.h"

/* Whether the whole of `name` is what `pattern` says. Linear in both, times the stars. `fold`: upper and lower case are the same. */
bool host_pattern_match(struct str name, struct str pattern, bool fold);
/* Whether a list with commas says so: one pattern matches, and none with `!` does. `excluded` (may be NULL): one with `!` did. */
bool host_pattern_list(struct str name, struct str list, bool fold, bool *excluded);
/* Takes the next element of a list with commas off `*list`. False at its end. */
bool host_pattern_next(struct str *list, struct str *element);

#endif
