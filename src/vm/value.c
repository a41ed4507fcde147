#include "irs/value.h"

#include <inttypes.h>
#include <string.h>

#include "irs/literal.h"
#include "irs/vm.h"

const char *certainty_text(uint8_t certainty)
{
	static const char *const texts[] = { [CERTAIN] = "exact", [PLACED] = "depends on the inventory", [DRAWN] = "drawn", [HOSTLY] = "depends on a host" };
	return texts[certainty > HOSTLY ? HOSTLY : certainty];
}

struct type value_type(struct value v)
{
	switch ((enum value_tag)v.tag) {
	case V_UNKNOWN: case V_LIST: return v.of;
	case V_BOOL: return TYPE(T_BOOL);
	case V_INT: return TYPE(T_INT);
	case V_FLOAT: return TYPE(T_FLOAT);
	case V_DURATION: return TYPE(T_DURATION);
	case V_SIZE: return TYPE(T_SIZE);
	case V_PERCENT: return TYPE(T_PERCENT);
	case V_STRING: return TYPE(T_STRING);
	case V_HOST: return TYPE(T_HOST);
	case V_PROCESS: return TYPE(T_PROCESS);
	case V_RESULT: return TYPE(T_RESULT);
	case V_RESPONSE: return TYPE(T_RESPONSE);
	case V_JSON: return TYPE(T_JSON);
	case V_NONE: case V_INTERNAL: break;
	}
	return TYPE(T_NONE);
}

static void put_list(struct buf *b, const struct value_list *list, const struct vm_hosts *hosts)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i) buf_puts(b, ", ");
		value_put(b, list->at[i], hosts);
	}
	buf_putc(b, ']');
}

static void put_result(struct buf *b, const struct run_result *r)
{
	if (r->gone) buf_puts(b, "nothing was run: the process is gone");
	else if (r->lost) buf_puts(b, "lost");
	else if (r->timed_out) buf_puts(b, "timed out");
	else if (r->signal) buf_printf(b, "signal %d", r->signal);
	else buf_printf(b, "exit %d", r->exit);
}

static void put_host(struct buf *b, int64_t index, const struct vm_hosts *hosts)
{
	if (hosts && index >= 0 && (size_t)index < hosts->n) buf_str(b, hosts->at[index].name);
	else buf_printf(b, "host %" PRId64, index);
}

void value_put(struct buf *b, struct value v, const struct vm_hosts *hosts)
{
	switch ((enum value_tag)v.tag) {
	case V_NONE: case V_INTERNAL: return;
	case V_UNKNOWN: buf_puts(b, v.text ? v.text->p : "unknown"); return;
	case V_BOOL: buf_puts(b, v.i == TRUE3 ? "true" : v.i == FALSE3 ? "false" : "unknown"); return;
	case V_INT: buf_printf(b, "%" PRId64, v.i); return;
	case V_FLOAT: literal_put_float(b, v.f); return;
	case V_DURATION: literal_put_duration(b, v.i); return;
	case V_SIZE: literal_put_size(b, v.i); return;
	case V_PERCENT: literal_put_percent(b, v.i); return;
	case V_STRING: case V_JSON: buf_add(b, v.text->p, v.text->n); return;
	case V_LIST: put_list(b, v.list, hosts); return;
	case V_HOST: put_host(b, v.i, hosts); return;
	case V_PROCESS: buf_printf(b, "%" PRId64, v.process->pid); return;
	case V_RESULT: put_result(b, v.result); return;
	case V_RESPONSE:
		if (v.response->ok) buf_printf(b, "status %d", v.response->status);
		else buf_puts(b, v.response->why);
		return;
	}
}

struct value value_string(struct arena *a, struct str s)
{
	struct text *t = arena_alloc(a, sizeof *t + s.n + 1);
	t->n = s.n;
	if (s.n) memcpy(t->p, s.p, s.n);
	return (struct value){ .tag = V_STRING, .text = t };
}

struct value value_host(uint32_t index)
{
	return (struct value){ .tag = V_HOST, .i = index };
}

struct value value_list(struct arena *a, struct type element, const struct value *at, size_t n)
{
	struct value v = { .tag = V_LIST, .of = type_list_of(element) };
	v.list = arena_alloc(a, sizeof *v.list + n * sizeof *at);
	v.list->n = n;
	for (size_t i = 0; i < n; i++) {
		v.list->at[i] = value_copy(a, at[i]);
		if (at[i].certainty > v.certainty) v.certainty = at[i].certainty;
	}
	return v;
}

struct value value_unknown(struct arena *a, struct type t, enum certainty c, const char *name)
{
	size_t n = strlen(name);
	struct value v = { .tag = V_UNKNOWN, .certainty = (uint8_t)c, .of = t };
	v.text = arena_alloc(a, sizeof *v.text + n + sizeof "‹›");
	v.text->n = (size_t)(stpcpy(stpcpy(stpcpy(v.text->p, "‹"), name), "›") - v.text->p);
	return v;
}

bool value_has_unknown(struct value v)
{
	if (v.tag == V_UNKNOWN) return true;
	if (v.tag == V_BOOL) return v.i == UNKNOWN3;
	if (v.tag != V_LIST) return false;
	for (size_t i = 0; i < v.list->n; i++)
		if (value_has_unknown(v.list->at[i])) return true;
	return false;
}

static enum bool3 lists_equal(const struct value_list *a, const struct value_list *b)
{
	if (a->n != b->n) return FALSE3;
	enum bool3 all = TRUE3;
	for (size_t i = 0; i < a->n; i++) {
		enum bool3 one = value_equal(a->at[i], b->at[i]);
		if (one == FALSE3) return FALSE3;
		if (one == UNKNOWN3) all = UNKNOWN3;
	}
	return all;
}

static bool texts_equal(const struct text *a, const struct text *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static bool processes_equal(const struct process_id *a, const struct process_id *b)
{
	return a->pid == b->pid && a->start == b->start && strcmp(a->boot, b->boot) == 0;
}

static bool results_equal(const struct run_result *a, const struct run_result *b)
{
	return a->exit == b->exit && a->signal == b->signal && a->timed_out == b->timed_out && a->gone == b->gone && a->lost == b->lost &&
	       texts_equal(a->stdout_text, b->stdout_text) && texts_equal(a->stderr_text, b->stderr_text);
}

enum bool3 value_equal(struct value a, struct value b)
{
	if (a.tag == V_UNKNOWN || b.tag == V_UNKNOWN) return UNKNOWN3;
	if (a.tag != b.tag) return FALSE3;
	switch ((enum value_tag)a.tag) {
	case V_BOOL:
		if (a.i == UNKNOWN3 || b.i == UNKNOWN3) return UNKNOWN3;
		return a.i == b.i ? TRUE3 : FALSE3;
	case V_INT: case V_DURATION: case V_SIZE: case V_PERCENT: case V_HOST: return a.i == b.i ? TRUE3 : FALSE3;
	case V_FLOAT: return a.f == b.f ? TRUE3 : FALSE3;
	case V_STRING: case V_JSON: return texts_equal(a.text, b.text) ? TRUE3 : FALSE3;
	case V_LIST: return lists_equal(a.list, b.list);
	case V_PROCESS: return processes_equal(a.process, b.process) ? TRUE3 : FALSE3;
	case V_RESULT: return results_equal(a.result, b.result) ? TRUE3 : FALSE3;
	case V_RESPONSE:
		return a.response->ok == b.response->ok && a.response->status == b.response->status && texts_equal(a.response->body, b.response->body)
		               ? TRUE3 : FALSE3;
	case V_NONE: case V_UNKNOWN: case V_INTERNAL: break;
	}
	return FALSE3;
}
