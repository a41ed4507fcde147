/* Builtins on lists, numbers and processes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "irs/literal.h"

static struct value_list *list_new(struct fiber *f, size_t room)
{
	return heap_alloc(f, sizeof(struct value_list) + room * sizeof(struct value));
}

bool builtin_len_list(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = of_tag(V_INT, (int64_t)a[0].list->n, 0);
	return true;
}

bool builtin_first(struct fiber *f, const struct value *a, struct value *out)
{
	if (!a[0].list->n) return raise_unknown(f, "first: the list is empty");
	*out = a[0].list->at[0];
	return true;
}

bool builtin_last(struct fiber *f, const struct value *a, struct value *out)
{
	if (!a[0].list->n) return raise_unknown(f, "last: the list is empty");
	*out = a[0].list->at[a[0].list->n - 1];
	return true;
}

bool builtin_at(struct fiber *f, const struct value *a, struct value *out)
{
	if (a[1].i < 0 || (uint64_t)a[1].i >= a[0].list->n)
		return raise_unknown(f, "at: there is no element %" PRId64 " in a list of %zu", a[1].i, a[0].list->n);
	*out = a[0].list->at[a[1].i];
	return true;
}

static int text_order(const struct text *a, const struct text *b)
{
	int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
	return c ? c : (a->n > b->n) - (a->n < b->n);
}

static int process_order(const struct process_id *a, const struct process_id *b)
{
	if (a->pid != b->pid) return a->pid < b->pid ? -1 : 1;
	return a->start != b->start ? (a->start < b->start ? -1 : 1) : strcmp(a->boot, b->boot);
}

/* A total order for values of any one type, so that `sort` and `unique` always work. Lists nest at most TYPE_MAX_LISTS deep. */
static int value_order(const void *x, const void *y)
{
	const struct value *a = x, *b = y;
	switch ((enum value_tag)a->tag) {
	case V_FLOAT: return (a->f > b->f) - (a->f < b->f);
	case V_STRING: case V_JSON: return text_order(a->text, b->text);
	case V_PROCESS: return process_order(a->process, b->process);
	case V_RESULT: return text_order(a->result->stdout_text, b->result->stdout_text);
	case V_RESPONSE: return text_order(a->response->body, b->response->body);
	case V_LIST:
		for (size_t i = 0; i < a->list->n && i < b->list->n; i++) {
			int c = value_order(&a->list->at[i], &b->list->at[i]);
			if (c) return c;
		}
		return (a->list->n > b->list->n) - (a->list->n < b->list->n);
	default: return (a->i > b->i) - (a->i < b->i);
	}
}

static void merge(struct value *to, const struct value *left, size_t nleft, const struct value *right, size_t nright)
{
	while (nleft && nright) {
		if (value_order(left, right) <= 0) *to++ = *left++, nleft--;
		else *to++ = *right++, nright--;
	}
	memcpy(to, left, nleft * sizeof *to);
	memcpy(to + nleft, right, nright * sizeof *to);
}

/* Bottom-up, stable, n log n whatever the input. */
static struct value *merge_sort(struct value *v, struct value *spare, size_t n)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t i = 0; i < n; i += 2 * width) {
			size_t nleft = n - i < width ? n - i : width, nright = n - i - nleft < width ? n - i - nleft : width;
			merge(spare + i, v + i, nleft, v + i + nleft, nright);
		}
		struct value *other = v;
		v = spare;
		spare = other;
	}
	return v;
}

bool builtin_sort(struct fiber *f, const struct value *a, struct value *out)
{
	size_t n = a[0].list->n;
	struct value_list *list = list_new(f, n), *spare = list_new(f, n);
	if (!list || !spare) return raise_heap(f);
	memcpy(list->at, a[0].list->at, n * sizeof *list->at);
	struct value *sorted = merge_sort(list->at, spare->at, n);
	if (sorted != list->at) list = spare;
	list->n = n;
	*out = (struct value){ .tag = V_LIST, .of = a[0].of, .list = list };
	return true;
}

struct ranked {
	struct value value;
	size_t rank;
};

static int ranked_order(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	int c = value_order(&a->value, &b->value);
	return c ? c : (a->rank > b->rank) - (a->rank < b->rank);
}

static int rank_order(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	return (a->rank > b->rank) - (a->rank < b->rank);
}

static size_t drop_repeated(struct ranked *r, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!kept || value_order(&r[kept - 1].value, &r[i].value)) r[kept++] = r[i];
	return kept;
}

bool builtin_unique(struct fiber *f, const struct value *a, struct value *out)
{
	size_t n = a[0].list->n;
	struct ranked *r = heap_alloc(f, n * sizeof *r + 1);
	struct value_list *list = list_new(f, n);
	if (!r || !list) return raise_heap(f);
	for (size_t i = 0; i < n; i++) r[i] = (struct ranked){ a[0].list->at[i], i };
	if (n) qsort(r, n, sizeof *r, ranked_order);
	list->n = drop_repeated(r, n);
	if (n) qsort(r, list->n, sizeof *r, rank_order);
	for (size_t i = 0; i < list->n; i++) list->at[i] = r[i].value;
	*out = (struct value){ .tag = V_LIST, .of = a[0].of, .list = list };
	return true;
}

bool builtin_contains_list(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	enum bool3 found = FALSE3;
	for (size_t i = 0; i < a[0].list->n && found != TRUE3; i++) {
		enum bool3 same = value_equal(a[0].list->at[i], a[1]);
		if (same != FALSE3) found = same;
	}
	*out = of_bool(found, 0);
	return true;
}

bool builtin_min(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = value_order(&a[0], &a[1]) <= 0 ? a[0] : a[1];
	return true;
}

bool builtin_max(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = value_order(&a[0], &a[1]) >= 0 ? a[0] : a[1];
	return true;
}

bool builtin_int_float(struct fiber *f, const struct value *a, struct value *out)
{
	double x = a[0].f;
	if (!(x >= -0x1p63 && x < 0x1p63)) return raise_unknown(f, "int: %s is out of range", name_of(f, a[0]));
	*out = of_tag(V_INT, (int64_t)x, 0);
	return true;
}

bool builtin_float_int(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = (struct value){ .tag = V_FLOAT, .f = (double)a[0].i };
	return true;
}

bool builtin_seconds(struct fiber *f, const struct value *a, struct value *out)
{
	int64_t ns;
	if (__builtin_mul_overflow(a[0].i, NS_PER_S, &ns)) return raise_unknown(f, "seconds: %" PRId64 " is out of range", a[0].i);
	*out = of_tag(V_DURATION, ns, 0);
	return true;
}

bool builtin_bytes(struct fiber *f, const struct value *a, struct value *out)
{
	(void)f;
	*out = of_tag(V_SIZE, a[0].i, 0);
	return true;
}

/* A decimal number of at most 64 bits and a space or the end behind it. */
static bool take_number(struct str *s, uint64_t *out)
{
	size_t i = 0;
	*out = 0;
	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++)
		if (__builtin_mul_overflow(*out, 10u, out) || __builtin_add_overflow(*out, (uint64_t)(s->p[i] - '0'), out)) return false;
	bool whole = i > 0 && (i == s->n || s->p[i] == ' ');
	size_t used = i < s->n ? i + 1 : i;
	*s = (struct str){ s->p + used, s->n - used };
	return whole;
}

static bool is_boot_id(struct str s)
{
	if (s.n != sizeof((struct process_id *)0)->boot - 1) return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789abcdef-", s.p[i])) return false;
	return true;
}

bool builtin_process(struct fiber *f, const struct value *a, struct value *out)
{
	struct str s = str_trim(text_str(a[0].text));
	uint64_t pid, start;
	if (!take_number(&s, &pid) || pid == 0 || pid > INT32_MAX || !take_number(&s, &start) || !is_boot_id(s))
		return raise_unknown(f, "process: %s is no line of pid, start time and boot id", name_of(f, a[0]));
	struct process_id *p = heap_alloc(f, sizeof *p);
	if (!p) return raise_heap(f);
	*p = (struct process_id){ .pid = (int64_t)pid, .start = start };
	memcpy(p->boot, s.p, s.n);
	*out = (struct value){ .tag = V_PROCESS, .process = p };
	return true;
}

bool builtin_identity(struct fiber *f, const struct value *a, struct value *out)
{
	const struct process_id *p = a[0].process;
	char line[96];
	int n = snprintf(line, sizeof line, "%" PRId64 " %" PRIu64 " %s", p->pid, p->start, p->boot);
	return text_derived(f, (struct str){ line, (size_t)n }, NULL, 0, out); /* without a guard: whoever asks by identity asks about a gone one too */
}
