/* Strings in a fiber's heap, and the guards that travel with them from a process in a hole to the command that names it. */
#include <string.h>

#include "fiber.h"

struct text *text_new(struct fiber *f, size_t n)
{
	struct text *t = n < SIZE_MAX / 2 ? heap_alloc(f, sizeof *t + n + 1) : NULL;
	if (t) t->n = n;
	return t;
}

struct text *text_of(struct fiber *f, struct str s)
{
	struct text *t = text_new(f, s.n);
	if (t && s.n) memcpy(t->p, s.p, s.n);
	return t;
}

static bool guards(const struct guard *chain, const struct process_id *p)
{
	for (; chain; chain = chain->next)
		if (chain->process->pid == p->pid && chain->process->start == p->start && !strcmp(chain->process->boot, p->boot)) return true;
	return false;
}

bool guards_join(struct fiber *f, struct guard **chain, const struct guard *more)
{
	for (; more; more = more->next) {
		if (guards(*chain, more->process)) continue;
		struct guard *g = heap_alloc(f, sizeof *g);
		if (!g) return false;
		*g = (struct guard){ .process = more->process, .next = *chain };
		*chain = g;
	}
	return true;
}

/* Of all texts in `v`, also within lists. */
static bool gather_guards(struct fiber *f, struct guard **chain, const struct value *v)
{
	if (v->tag == V_STRING || v->tag == V_JSON) return guards_join(f, chain, v->text->guards);
	if (v->tag == V_PROCESS) return guards_join(f, chain, &(struct guard){ .process = v->process });
	for (size_t i = 0; v->tag == V_LIST && i < v->list->n; i++)
		if (!gather_guards(f, chain, &v->list->at[i])) return false;
	return true;
}

bool text_derived(struct fiber *f, struct str s, const struct value *from, size_t nfrom, struct value *out)
{
	struct value v = { .tag = V_STRING, .text = text_of(f, s) };
	if (!v.text) return raise_heap(f);
	for (size_t i = 0; i < nfrom; i++) {
		v.certainty = surer(v.certainty, from[i].certainty);
		if (!gather_guards(f, &v.text->guards, &from[i])) return raise_heap(f);
	}
	*out = v;
	return true;
}

/* A text of which a part is unknown: a plan shows the rest. */
static bool partly_unknown(struct fiber *f, struct str shown, uint8_t certainty, struct value *out)
{
	if (!f->vm->dry) return raise_unknown(f, "a text is made from what is unknown: %.*s", STR_ARG(shown));
	struct value v = { .tag = V_UNKNOWN, .certainty = certainty, .of = TYPE(T_STRING), .text = text_of(f, shown) };
	if (!v.text) return raise_heap(f);
	*out = v;
	return true;
}

bool text_from(struct fiber *f, struct value v, struct value *out)
{
	if (v.tag == V_STRING) return *out = v, true;
	struct buf b = { 0 };
	value_put(&b, v, f->vm->hosts);
	bool done = value_has_unknown(v) ? partly_unknown(f, buf_view(&b), v.certainty, out) : text_derived(f, buf_view(&b), &v, 1, out);
	buf_free(&b);
	return done;
}

static bool quote_into(struct fiber *f, struct buf *b, struct value v, enum hole_context context)
{
	struct value s;
	const char *why;
	if (!text_from(f, v, &s)) return false;
	if (s.tag == V_UNKNOWN) return buf_puts(b, s.text->p), true;
	if (shell_quote(b, context, text_str(s.text), &why)) return true;
	struct buf shown = { 0 };
	buf_safe(&shown, text_str(s.text));
	raise_unknown(f, "the value \"%.*s\" can't stand in a command: %s", shown.n > 80 ? 80 : (int)shown.n, shown.p ? shown.p : "", why);
	buf_free(&shown);
	return false;
}

static bool quote_words(struct fiber *f, struct buf *b, struct value v, enum hole_context context)
{
	if (v.tag != V_LIST) return quote_into(f, b, v, context);
	for (size_t i = 0; i < v.list->n; i++) {
		if (i) buf_putc(b, ' ');
		if (!quote_into(f, b, v.list->at[i], context)) return false;
	}
	return true;
}

bool text_quote(struct fiber *f, struct value v, enum hole_context context, struct value *out)
{
	struct buf b = { 0 };
	bool done = quote_words(f, &b, v, context);
	if (done) done = value_has_unknown(v) ? partly_unknown(f, buf_view(&b), v.certainty, out) : text_derived(f, buf_view(&b), &v, 1, out);
	buf_free(&b);
	return done;
}

bool text_concat(struct fiber *f, const struct value *parts, size_t n, struct value *out)
{
	size_t total = 0;
	bool known = true;
	for (size_t i = 0; i < n; i++) {
		total += parts[i].text->n;
		known = known && parts[i].tag == V_STRING;
	}
	struct value v = { .tag = known ? V_STRING : V_UNKNOWN, .of = TYPE(T_STRING), .text = text_new(f, total) };
	if (!v.text) return raise_heap(f);
	char *p = v.text->p;
	for (size_t i = 0; i < n; i++) {
		p = (char *)memcpy(p, parts[i].text->p, parts[i].text->n) + parts[i].text->n;
		v.certainty = surer(v.certainty, parts[i].certainty);
		v.text->secretive = v.text->secretive || parts[i].text->secretive;
		if (!guards_join(f, &v.text->guards, parts[i].text->guards)) return raise_heap(f);
	}
	*out = v;
	return true;
}
