/*
 * literal: quantities with units, as people write and read them.
 *   duration  64-bit nanoseconds   300ms 1h30m 2d   (ns us ms s m h d)
 *   size      64-bit bytes         512B 64KiB 10MB  (B kB MB GB TB KiB MiB GiB TiB)
 *   percent   64-bit millionths of a percent   5% 12.5%
 * Values are never negative in source; arithmetic may make them so.
 */
#ifndef IRS_LITERAL_H
#define IRS_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "irs/buf.h"
#include "irs/str.h"

#define NS_PER_S INT64_C(1000000000)
#define PERCENT_ONE INT64_C(1000000)

enum literal_fault { LIT_OK, LIT_SYNTAX, LIT_UNIT, LIT_OVERFLOW };

/* Each parses all of `s` and leaves `out` untouched unless LIT_OK. Duration: units descend, each once. */
enum literal_fault literal_int(struct str s, int64_t *out);   /* decimal, 0x…, with _ between digits */
enum literal_fault literal_float(struct str s, double *out);  /* digits on both sides of the dot */
enum literal_fault literal_duration(struct str s, int64_t *ns);
enum literal_fault literal_size(struct str s, int64_t *bytes);
enum literal_fault literal_percent(struct str s, int64_t *millionths);

/* The shortest exact way to write it, which the parser above reads back ("1h30m", "64KiB", "12.5%", "0s"). */
void literal_put_duration(struct buf *b, int64_t ns);
void literal_put_size(struct buf *b, int64_t bytes);
void literal_put_percent(struct buf *b, int64_t millionths);
/* The fewest digits that read back as the same double, with a dot; with an exponent only below 0.000001 and from 1e17: a shell's `sleep` wants none. */
void literal_put_float(struct buf *b, double v);
/* For people: rounded to two units ("3m 20s", "1.2 s"). */
void literal_put_duration_rounded(struct buf *b, int64_t ns);

#endif
