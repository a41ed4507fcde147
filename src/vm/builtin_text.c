/* Builtins on strings. Each result carries the guards of what it was made from. */
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "irs/literal.h"

static struct str str_at(const struct value *v) { return text_str(v->text); }

static bool of_truth(struct value *out, bool holds)
{
	*out = of_bool(holds ? TRUE3 : FALSE3, 0);
	return true;
}

static const char *find(struct str s, struct str what)
{
	return what.n ? memmem(s.p, s.n, what.p, what.n) : s.p;
}

bool builtin_len_string(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = of_tag(V_INT, (int64_t)a[0].text->n, 0);
	return true;
}

bool builtin_contains(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	return of_truth(out, find(str_at(&a[0]), str_at(&a[1])) != NULL);
}

bool builtin_starts_with(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	return of_truth(out, str_starts(str_at(&a[0]), str_at(&a[1])));
}

bool builtin_ends_with(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	struct str s = str_at(&a[0]), end = str_at(&a[1]);
	return of_truth(out, s.n >= end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0);
}

bool builtin_trim(struct fiber *f, const struct value *a, struct value *out)
{
	return text_derived(f, str_trim(str_at(&a[0])), a, 1, out);
}

static bool changed_case(struct fiber *f, const struct value *a, char from, char to, struct value *out)
{
	if (!text_derived(f, str_at(a), a, 1, out)) return false;
	for (size_t i = 0; i < out->text->n; i++) {
		char *c = &out->text->p[i];
		if (*c >= from && *c < from + 26) *c = (char)(*c - from + to);
	}
	return true;
}

bool builtin_lower(struct fiber *f, const struct value *a, struct value *out) { return changed_case(f, a, 'A', 'a', out); }
bool builtin_upper(struct fiber *f, const struct value *a, struct value *out) { return changed_case(f, a, 'a', 'A', out); }

/* How often `what` stands in `s`, without overlap. */
static size_t count(struct str s, struct str what)
{
	size_t n = 0;
	for (const char *p = s.p, *end = s.p + s.n, *hit; (hit = memmem(p, (size_t)(end - p), what.p, what.n)); p = hit + what.n) n++;
	return n;
}

static bool parts(struct fiber *f, const struct value *a, struct str s, struct str separator, struct value *out)
{
	size_t n = count(s, separator) + 1;
	struct value_list *list = heap_alloc(f, sizeof *list + n * sizeof *list->at);
	if (!list) return raise_heap(f);
	for (; list->n < n; list->n++) {
		const char *hit = list->n + 1 < n ? memmem(s.p, s.n, separator.p, separator.n) : s.p + s.n;
		struct str part = { s.p, (size_t)(hit - s.p) };
		if (!text_derived(f, part, a, 1, &list->at[list->n])) return false;
		if (list->n + 1 < n) s = (struct str){ hit + separator.n, s.n - part.n - separator.n };
	}
	*out = (struct value){ .tag = V_LIST, .of = TYPE_LIST(T_STRING), .list = list };
	return true;
}

bool builtin_split(struct fiber *f, const struct value *a, struct value *out)
{
	if (!a[1].text->n) return raise_unknown(f, "split: the separator is empty");
	return parts(f, a, str_at(&a[0]), str_at(&a[1]), out);
}

bool builtin_lines(struct fiber *f, const struct value *a, struct value *out)
{
	struct str s = str_at(&a[0]);
	if (s.n && s.p[s.n - 1] == '\n') s.n--;
	else if (!s.n) {
		*out = (struct value){ .tag = V_LIST, .of = TYPE_LIST(T_STRING), .list = heap_alloc(f, sizeof *out->list) };
		return out->list || raise_heap(f);
	}
	if (!parts(f, a, s, STR("\n"), out)) return false;
	for (size_t i = 0; i < out->list->n; i++) {
		struct text *t = out->list->at[i].text;
		if (t->n && t->p[t->n - 1] == '\r') t->p[--t->n] = 0;
	}
	return true;
}

bool builtin_join(struct fiber *f, const struct value *a, struct value *out)
{
	struct buf b = { 0 };
	bool done = true;
	for (size_t i = 0; i < a[0].list->n && done; i++) {
		if (i) buf_str(&b, str_at(&a[1]));
		buf_str(&b, str_at(&a[0].list->at[i]));
		if (b.n > fiber_heap_limit(f->vm)) done = raise_heap(f);
	}
	done = done && text_derived(f, buf_view(&b), a, 2, out);
	buf_free(&b);
	return done;
}

bool builtin_replace(struct fiber *f, const struct value *a, struct value *out)
{
	struct str s = str_at(&a[0]), from = str_at(&a[1]), to = str_at(&a[2]);
	if (!from.n) return raise_unknown(f, "replace: what is to be replaced is empty");
	struct buf b = { 0 };
	bool done = true;
	for (const char *hit; done && (hit = memmem(s.p, s.n, from.p, from.n));) {
		size_t before = (size_t)(hit - s.p);
		buf_add(&b, s.p, before);
		buf_str(&b, to);
		s = (struct str){ hit + from.n, s.n - before - from.n };
		if (b.n > fiber_heap_limit(f->vm)) done = raise_heap(f);
	}
	buf_str(&b, s);
	done = done && text_derived(f, buf_view(&b), a, 3, out);
	buf_free(&b);
	return done;
}

bool builtin_int_string(struct fiber *f, const struct value *a, struct value *out)
{
	struct str s = str_trim(str_at(&a[0]));
	bool negative = s.n && s.p[0] == '-';
	uint64_t n = 0;
	size_t i = negative;
	bool whole = s.n > i;
	for (; i < s.n && whole; i++) {
		whole = s.p[i] >= '0' && s.p[i] <= '9' && !__builtin_mul_overflow(n, 10u, &n) &&
		        !__builtin_add_overflow(n, (uint64_t)(s.p[i] - '0'), &n);
	}
	if (!whole || n > (uint64_t)INT64_MAX + negative) return raise_unknown(f, "int: %s is no decimal number of 64 bits", name_of(f, a[0]));
	*out = of_tag(V_INT, negative ? (int64_t)(0 - n) : (int64_t)n, 0);
	return true;
}

bool builtin_float_string(struct fiber *f, const struct value *a, struct value *out)
{
	struct str s = str_trim(str_at(&a[0]));
	char z[64], *end = z;
	double x = 0;
	bool plain = s.n > 0 && s.n < sizeof z && strspn(s.p, "0123456789+-.eE") >= s.n;
	if (plain) {
		memcpy(z, s.p, s.n);
		z[s.n] = 0;
		x = strtod(z, &end);
	}
	if (!plain || *end || x - x != 0) return raise_unknown(f, "float: %s is no decimal number", name_of(f, a[0]));
	*out = (struct value){ .tag = V_FLOAT, .f = x };
	return true;
}

bool builtin_string_any(struct fiber *f, const struct value *a, struct value *out)
{
	return text_from(f, a[0], out);
}
