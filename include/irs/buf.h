/*
 * buf: bytes that grow.  Always NUL-terminated behind its `n` bytes once
 * something was added.  Zero-initialised is empty; `buf_free` gives back.
 */
#ifndef IRS_BUF_H
#define IRS_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "irs/str.h"

struct buf {
	char *p;
	size_t n, cap;
};

void buf_free(struct buf *b);
void buf_clear(struct buf *b);
/* Room for `more` further bytes; returns where they go. */
char *buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *z);
void buf_putc(struct buf *b, char c);
void buf_pad(struct buf *b, char c, size_t times);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Little-endian integers, for image and sample files. */
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
/* `s` with C0, C1, DEL and bidirectional control characters shown as \xNN or <U+NNNN> (newline and tab stay), and bytes that are no UTF-8 as
 * \xNN: for anything foreign that a terminal will see. */
void buf_safe(struct buf *b, struct str s);
/* `s` as one POSIX shell word in single quotes. */
void buf_shell_quoted(struct buf *b, struct str s);

static inline struct str buf_view(const struct buf *b) { return (struct str){ b->p ? b->p : "", b->n }; }

#endif
