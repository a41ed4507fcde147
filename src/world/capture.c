#include "capture.h"

#include <stdlib.h>
#include <string.h>

static size_t tail_size(const struct capture *c) { return c->limit / 4; }

static void ring_add(struct capture *c, const char *p, size_t n)
{
	size_t size = tail_size(c);
	c->tail_total += n;
	if (!size) return;
	if (!c->tail && !(c->tail = malloc(size))) abort();
	if (n > size) {
		p += n - size;
		n = size;
	}
	size_t first = n < size - c->tail_at ? n : size - c->tail_at;
	memcpy(c->tail + c->tail_at, p, first);
	memcpy(c->tail, p + first, n - first);
	c->tail_at = (c->tail_at + n) % size;
}

void capture_add(struct capture *c, const char *p, size_t n)
{
	size_t room = c->limit - tail_size(c) - c->head.n;
	size_t first = n < room ? n : room;
	if (first) buf_add(&c->head, p, first);
	if (n > first) ring_add(c, p + first, n - first);
}

bool capture_truncated(const struct capture *c) { return c->tail_total > tail_size(c); }

static void tail_put(struct buf *b, const struct capture *c)
{
	if (capture_truncated(c)) {
		buf_add(b, c->tail + c->tail_at, tail_size(c) - c->tail_at);
		buf_add(b, c->tail, c->tail_at);
	} else if (c->tail_total) {
		buf_add(b, c->tail, (size_t)c->tail_total);
	}
}

struct text *capture_text(const struct capture *c)
{
	struct buf b = { 0 };
	buf_str(&b, buf_view(&c->head));
	if (capture_truncated(c)) buf_printf(&b, "\n[… %llu bytes are left out …]\n", (unsigned long long)(c->tail_total - tail_size(c)));
	tail_put(&b, c);
	struct text *t = malloc(sizeof *t + b.n + 1);
	if (!t) abort();
	*t = (struct text){ .n = b.n };
	memcpy(t->p, b.p ? b.p : "", b.n + 1);
	buf_free(&b);
	return t;
}

void capture_free(struct capture *c)
{
	buf_free(&c->head);
	free(c->tail);
	*c = (struct capture){ .limit = c->limit };
}
