/* Values in the journal: what one process captured, another must be able to undo. Reading is of untrusted bytes. */
#include <sodium.h>
#include <string.h>

#include "irs/vm.h"

static json_t *json_guards(const struct guard *chain)
{
	json_t *all = json_array();
	for (; chain; chain = chain->next)
		json_array_append_new(all, json_pack("{s:I, s:I, s:s}", "pid", (json_int_t)chain->process->pid, "start", (json_int_t)chain->process->start,
		                                     "boot", chain->process->boot));
	return all;
}

/* "v" where it is UTF-8, else "base64". */
static void put_text(json_t *o, const struct text *t)
{
	if (utf8_valid(t->p, t->n) == t->n && !memchr(t->p, 0, t->n)) {
		json_object_set_new(o, "v", json_stringn(t->p, t->n));
	} else {
		size_t n = sodium_base64_ENCODED_LEN(t->n, sodium_base64_VARIANT_ORIGINAL);
		struct buf b = { 0 };
		sodium_bin2base64(buf_reserve(&b, n), n, (const unsigned char *)t->p, t->n, sodium_base64_VARIANT_ORIGINAL);
		json_object_set_new(o, "base64", json_string(b.p));
		buf_free(&b);
	}
	if (t->guards) json_object_set_new(o, "guards", json_guards(t->guards));
}

static json_t *json_result(const struct run_result *r)
{
	json_t *o = json_pack("{s:i, s:i, s:b, s:b, s:b, s:b, s:I}", "exit", r->exit, "signal", r->signal, "timed_out", r->timed_out, "gone", r->gone,
	                      "lost", r->lost, "truncated", r->truncated, "elapsed", (json_int_t)r->elapsed);
	json_t *out = json_object(), *err = json_object();
	put_text(out, r->stdout_text);
	put_text(err, r->stderr_text);
	json_object_set_new(o, "stdout", out);
	json_object_set_new(o, "stderr", err);
	return o;
}

static json_t *json_list(const struct value_list *list, const struct vm_hosts *hosts)
{
	json_t *all = json_array();
	for (size_t i = 0; i < list->n; i++) json_array_append_new(all, value_to_json(list->at[i], hosts));
	return all;
}

static json_t *json_host(int64_t i, const struct vm_hosts *hosts)
{
	struct str name = hosts && i >= 0 && (size_t)i < hosts->n ? hosts->at[i].name : STR("");
	return json_stringn(name.p, name.n);
}

json_t *value_to_json(struct value v, const struct vm_hosts *hosts)
{
	struct buf type = { 0 };
	type_put(&type, value_type(v));
	json_t *o = json_pack("{s:s}", "t", type.p ? type.p : "");
	buf_free(&type);
	switch ((enum value_tag)v.tag) {
	case V_UNKNOWN: json_object_set_new(o, "unknown", json_string(v.text ? v.text->p : "")); break;
	case V_BOOL: json_object_set_new(o, "v", v.i == UNKNOWN3 ? json_null() : json_boolean(v.i == TRUE3)); break;
	case V_INT: case V_DURATION: case V_SIZE: case V_PERCENT: json_object_set_new(o, "v", json_integer(v.i)); break;
	case V_FLOAT: json_object_set_new(o, "v", json_real(v.f)); break;
	case V_STRING: case V_JSON: put_text(o, v.text); break;
	case V_LIST: json_object_set_new(o, "v", json_list(v.list, hosts)); break;
	case V_HOST: json_object_set_new(o, "v", json_host(v.i, hosts)); break;
	case V_PROCESS:
		json_object_set_new(o, "v", json_pack("{s:I, s:I, s:s}", "pid", (json_int_t)v.process->pid, "start", (json_int_t)v.process->start, "boot",
		                                      v.process->boot));
		break;
	case V_RESULT: json_object_set_new(o, "v", json_result(v.result)); break;
	case V_RESPONSE: case V_NONE: case V_INTERNAL: break;
	}
	return o;
}

/* ---- reading ---- */

struct reader {
	struct arena *a;
	const struct vm_hosts *hosts;
	struct err *e;
};

static bool wrong(struct reader *r, const char *what)
{
	return err_set(r->e, IRS_FAILED, NULL, "a recorded value makes no sense: %s", what);
}

/* "list<list<host>>". */
static bool read_type(struct reader *r, const char *s, struct type *out)
{
	struct str word = str_of(s);
	struct type t = { 0 };
	while (str_starts(word, STR("list<")) && word.n && word.p[word.n - 1] == '>' && t.lists < TYPE_MAX_LISTS) {
		word = (struct str){ word.p + 5, word.n - 6 };
		t.lists++;
	}
	bool empty = t.lists && str_eq(word, STR("?"));
	t.base = empty ? T_NONE : type_named(word);
	if (t.base == T_NONE && !empty) return wrong(r, "its type is unknown");
	*out = t;
	return true;
}

static bool read_process(struct reader *r, json_t *j, struct process_id **out)
{
	json_int_t pid, start;
	const char *boot;
	if (json_unpack(j, "{s:I, s:I, s:s}", "pid", &pid, "start", &start, "boot", &boot)) return wrong(r, "a process lacks pid, start or boot");
	if (pid <= 0 || pid > INT32_MAX || start < 0 || strlen(boot) >= sizeof (*out)->boot) return wrong(r, "a process is out of range");
	struct process_id *p = arena_new_of(r->a, struct process_id);
	*p = (struct process_id){ .pid = pid, .start = (uint64_t)start };
	strcpy(p->boot, boot);
	*out = p;
	return true;
}

static bool read_guards(struct reader *r, json_t *list, struct guard **out)
{
	struct guard **end = out;
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct process_id *p;
		if (!read_process(r, json_array_get(list, i), &p)) return false;
		*end = arena_new_of(r->a, struct guard);
		(*end)->process = p;
		end = &(*end)->next;
	}
	return true;
}

static bool read_base64(struct reader *r, json_t *j, struct text **out)
{
	size_t n = json_string_length(j), used;
	struct text *t = arena_alloc(r->a, sizeof *t + n + 1);
	const char *end;
	if (sodium_base642bin((unsigned char *)t->p, n, json_string_value(j), n, NULL, &used, &end, sodium_base64_VARIANT_ORIGINAL) || *end)
		return wrong(r, "its base64 is damaged");
	t->n = used;
	t->p[used] = 0;
	*out = t;
	return true;
}

static bool read_text(struct reader *r, json_t *o, struct text **out)
{
	json_t *v = json_object_get(o, "v"), *base64 = json_object_get(o, "base64"), *guards = json_object_get(o, "guards");
	struct text *t = NULL;
	if (json_is_string(v)) t = value_string(r->a, (struct str){ json_string_value(v), json_string_length(v) }).text;
	else if (!json_is_string(base64)) return wrong(r, "a string is missing");
	else if (!read_base64(r, base64, &t)) return false;
	if (guards && !read_guards(r, guards, &t->guards)) return false;
	*out = t;
	return true;
}

static bool read_result(struct reader *r, json_t *j, struct run_result **out)
{
	struct run_result *to = arena_new_of(r->a, struct run_result);
	json_t *stdout_json, *stderr_json;
	json_int_t elapsed;
	int timed_out, gone, lost, truncated;
	if (json_unpack(j, "{s:i, s:i, s:b, s:b, s:b, s:b, s:I, s:o, s:o}", "exit", &to->exit, "signal", &to->signal, "timed_out", &timed_out, "gone", &gone,
	                "lost", &lost, "truncated", &truncated, "elapsed", &elapsed, "stdout", &stdout_json, "stderr", &stderr_json))
		return wrong(r, "a result lacks a part");
	to->timed_out = timed_out, to->gone = gone, to->lost = lost, to->truncated = truncated, to->elapsed = elapsed;
	if (!read_text(r, stdout_json, &to->stdout_text) || !read_text(r, stderr_json, &to->stderr_text)) return false;
	*out = to;
	return true;
}

static bool read_host(struct reader *r, json_t *v, struct value *out)
{
	struct str name = { json_string_value(v), json_string_length(v) };
	for (size_t i = 0; json_is_string(v) && r->hosts && i < r->hosts->n; i++) {
		if (!str_eq(r->hosts->at[i].name, name)) continue;
		*out = value_host((uint32_t)i);
		return true;
	}
	return err_set(r->e, IRS_FAILED, NULL, "a recorded value names the host %s, which is not in the inventory", json_is_string(v) ? name.p : "?");
}

static bool read_value(struct reader *r, json_t *j, const struct type *wanted, struct value *out);

static bool read_list(struct reader *r, json_t *v, struct type t, struct value *out)
{
	if (!json_is_array(v)) return wrong(r, "a list is no array");
	size_t n = json_array_size(v);
	if (n && t.base == T_NONE && t.lists == 1) return wrong(r, "an empty list has elements");
	struct value_list *list = arena_alloc(r->a, sizeof *list + n * sizeof *list->at);
	struct type element = type_element(t);
	for (; list->n < n; list->n++)
		if (!read_value(r, json_array_get(v, list->n), &element, &list->at[list->n])) return false;
	*out = (struct value){ .tag = V_LIST, .of = t, .list = list };
	return true;
}

static bool read_number(struct reader *r, json_t *v, enum value_tag tag, struct value *out)
{
	if (!json_is_integer(v)) return wrong(r, "a number is none");
	*out = (struct value){ .tag = (uint8_t)tag, .i = json_integer_value(v) };
	return true;
}

static bool read_plain(struct reader *r, json_t *o, struct type t, struct value *out)
{
	json_t *v = json_object_get(o, "v");
	*out = (struct value){ 0 };
	switch ((enum type_base)t.base) {
	case T_BOOL:
		if (!json_is_boolean(v) && !json_is_null(v)) return wrong(r, "a bool is none");
		*out = (struct value){ .tag = V_BOOL, .i = json_is_null(v) ? UNKNOWN3 : json_is_true(v) ? TRUE3 : FALSE3 };
		return true;
	case T_INT: return read_number(r, v, V_INT, out);
	case T_DURATION: return read_number(r, v, V_DURATION, out);
	case T_SIZE: return read_number(r, v, V_SIZE, out);
	case T_PERCENT: return read_number(r, v, V_PERCENT, out);
	case T_FLOAT:
		if (!json_is_number(v)) return wrong(r, "a float is none");
		*out = (struct value){ .tag = V_FLOAT, .f = json_number_value(v) };
		return true;
	case T_STRING: out->tag = V_STRING; return read_text(r, o, &out->text);
	case T_JSON: out->tag = V_JSON; return read_text(r, o, &out->text);
	case T_HOST: return read_host(r, v, out);
	case T_PROCESS: out->tag = V_PROCESS; return read_process(r, v, &out->process);
	case T_RESULT: out->tag = V_RESULT; return read_result(r, v, &out->result);
	case T_RESPONSE: case T_NONE: case T_ERROR: case T_BASES: break; /* a response can't be named, so it can't be captured */
	}
	return wrong(r, "its type is unknown");
}

static bool read_value(struct reader *r, json_t *j, const struct type *wanted, struct value *out)
{
	struct type t;
	struct value v;
	json_t *name = json_object_get(j, "t");
	if (!json_is_string(name)) return wrong(r, "it has no type");
	if (!read_type(r, json_string_value(name), &t)) return false;
	if (wanted && !type_fits(t, *wanted)) return wrong(r, "a list's element is of another type than the list");
	if (!(t.lists ? read_list(r, json_object_get(j, "v"), t, &v) : read_plain(r, j, t, &v))) return false;
	*out = v;
	return true;
}

bool value_from_json(struct value *out, json_t *j, struct arena *a, const struct vm_hosts *hosts, struct err *e)
{
	struct reader r = { a, hosts, e };
	return read_value(&r, j, NULL, out);
}
