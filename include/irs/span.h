/* span: a stretch of a source file. Byte offsets; lines and columns are worked out when somebody looks (source.h). */
#ifndef IRS_SPAN_H
#define IRS_SPAN_H

#include <stdint.h>

struct span {
	uint32_t file;       /* index among the compilation's sources */
	uint32_t start, end; /* [start, end) */
};

/* From the first byte of `a` to the last of `b`, which stand in one file. */
static inline struct span span_join(struct span a, struct span b)
{
	return (struct span){ a.file, a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end };
}

#endif
