/* dis: what the parts of the disassembler share: names, fields and values as text, all that is foreign made safe for a terminal. */
#ifndef IRS_IMAGE_DIS_H
#define IRS_IMAGE_DIS_H

#include "irs/image.h"
#include "irs/literal.h"

enum { DIS_TEXT = 72, DIS_OPERAND = 60, DIS_LINE = 108 }; /* bytes of a text or source line before it is cut */

struct dis {
	struct buf *out;
	const struct image *img;
	image_source_line *source;
	void *ctx;
	size_t line; /* the next line record: functions come in their order */
};

void dis_quoted(struct dis *d, struct str s, size_t columns);
void dis_constant(struct dis *d, uint32_t constant);
void dis_function(struct dis *d, uint32_t fn);
/* "\nstep 3: freeze "title"": either may be none. */
void dis_heading(struct dis *d, const char *what, size_t i, uint32_t name, uint32_t title);
/* A line "    name   value"; those of functions print nothing where there is none. */
void dis_name(struct dis *d, const char *name);
void dis_field(struct dis *d, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void dis_text_field(struct dis *d, const char *name, uint32_t string);
void dis_function_field(struct dis *d, const char *name, uint32_t fn);
void dis_duration_field(struct dis *d, const char *name, int64_t ns);
/* A function with its code and source lines. */
void dis_code(struct dis *d, uint32_t fn);

#endif
