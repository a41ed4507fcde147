/* What a dry run computes with: values that nobody knows yet, named so that a person can follow a plan. */
#include <string.h>

#include "fiber.h"

enum { LONGEST_NAME = 100 };

/* Without the marks that show what is unknown, and cut at a character's end. */
static void put_plain(struct buf *b, struct str s)
{
	size_t start = b->n;
	for (size_t i = 0; i < s.n;) {
		if (i + 2 < s.n && !memcmp(s.p + i, "\xe2\x80", 2) && ((uint8_t)s.p[i + 2] == 0xb9 || (uint8_t)s.p[i + 2] == 0xba)) {
			i += 3;
			continue;
		}
		uint32_t cp;
		size_t n = utf8_decode(s.p + i, s.n - i, &cp);
		if (b->n - start + n > LONGEST_NAME) {
			buf_puts(b, "…");
			return;
		}
		buf_add(b, n ? s.p + i : "?", n ? n : 1);
		i += n ? n : 1;
	}
}

const char *name_of(struct fiber *f, struct value v)
{
	struct buf shown = { 0 }, plain = { 0 };
	bool quoted = v.tag == V_STRING || (v.tag == V_UNKNOWN && v.text && v.text->n && strncmp(v.text->p, "‹", 3));
	value_put(&shown, v, f->vm->hosts);
	if (quoted) buf_putc(&plain, '"');
	put_plain(&plain, buf_view(&shown));
	if (quoted) buf_putc(&plain, '"');
	const char *name = heap_printf(f, "%.*s", STR_ARG(buf_view(&plain)));
	buf_free(&shown);
	buf_free(&plain);
	return name ? name : "…";
}

bool unknown(struct fiber *f, struct type t, uint8_t certainty, struct value *out, const char *fmt, ...)
{
	struct buf name = { 0 }, shown = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&name, fmt, ap);
	va_end(ap);
	bool done = true;
	if (f->vm->dry) {
		buf_puts(&shown, "‹");
		put_plain(&shown, buf_view(&name));
		buf_puts(&shown, "›");
	}
	if (!f->vm->dry && !type_is(t, T_BOOL)) {
		done = raise_unknown(f, "what %s says is not known", name.p);
	} else {
		struct text *text = text_of(f, f->vm->dry ? buf_view(&shown) : buf_view(&name));
		if (text) *out = (struct value){ .tag = V_UNKNOWN, .certainty = certainty, .of = t, .text = text };
		else done = raise_heap(f);
	}
	buf_free(&name);
	buf_free(&shown);
	return done;
}

bool rename_unknown(struct fiber *f, struct value *v, struct str name)
{
	if (v->tag != V_UNKNOWN || !f->vm->dry) return true;
	const char *text = v->text ? v->text->p : "";
	bool wholly = !*text || (!strncmp(text, "‹", 3) && strstr(text, "›") == text + v->text->n - 3);
	if (!wholly) return true;
	struct text *t = text_new(f, name.n + 6);
	if (!t) return raise_heap(f);
	memcpy(stpcpy(t->p, "‹"), name.p, name.n);
	memcpy(t->p + 3 + name.n, "›", 3);
	v->text = t;
	return true;
}
