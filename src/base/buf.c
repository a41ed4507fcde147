#include "irs/buf.h"

#include <stdio.h>
#include <stdlib.h>

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->p) b->p[0] = 0;
}

char *buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->n <= more) {
		size_t cap = b->cap ? b->cap : 64;
		while (cap - b->n <= more) cap *= 2;
		b->p = realloc(b->p, cap);
		if (!b->p) abort();
		b->cap = cap;
	}
	return b->p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_reserve(b, n);
	if (n) memcpy(to, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void buf_str(struct buf *b, struct str s) { buf_add(b, s.p, s.n); }
void buf_puts(struct buf *b, const char *z) { buf_add(b, z, strlen(z)); }
void buf_putc(struct buf *b, char c) { buf_add(b, &c, 1); }

void buf_pad(struct buf *b, char c, size_t times)
{
	memset(buf_reserve(b, times), c, times);
	b->n += times;
	b->p[b->n] = 0;
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) abort();
	vsnprintf(buf_reserve(b, (size_t)n + 1), (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

static void put_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++) buf_putc(b, (char)(v >> 8 * i & 0xff));
}

void buf_u16(struct buf *b, uint16_t v) { put_le(b, v, 2); }
void buf_u32(struct buf *b, uint32_t v) { put_le(b, v, 4); }
void buf_u64(struct buf *b, uint64_t v) { put_le(b, v, 8); }

static bool is_bidi_control(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

void buf_safe(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t cp;
		size_t n = utf8_decode(s.p + i, s.n - i, &cp);
		if (!n || (cp < 0x20 && cp != '\n' && cp != '\t') || cp == 0x7f) {
			buf_printf(b, "\\x%02x", (unsigned char)s.p[i]);
			n = 1;
		} else if ((cp >= 0x80 && cp < 0xa0) || is_bidi_control(cp)) {
			buf_printf(b, "<U+%04X>", (unsigned)cp);
		} else {
			buf_add(b, s.p + i, n);
		}
		i += n;
	}
}

void buf_shell_quoted(struct buf *b, struct str s)
{
	buf_putc(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'') buf_puts(b, "'\\''");
		else buf_putc(b, s.p[i]);
	}
	buf_putc(b, '\'');
}
