/* Builtins on JSON. A value of type json is its canonical text: sorted keys, no white space; it is parsed where somebody looks into it. */
#include <stdlib.h>

#include "builtin.h"

static json_t *parsed(struct fiber *f, const struct text *t, const char *what)
{
	json_error_t e;
	json_t *j = json_loadb(t->p, t->n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (!j) raise_unknown(f, "%s: this is no JSON: %s (line %d)", what, e.text, e.line);
	return j;
}

static bool of_json(struct fiber *f, const json_t *j, const struct value *a, struct value *out)
{
	char *s = json_dumps(j, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	if (!s) return raise_heap(f);
	bool done = text_derived(f, str_of(s), a, 1, out);
	if (done) out->tag = V_JSON;
	free(s);
	return done;
}

bool builtin_parse_json(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "json");
	bool done = j && of_json(f, j, a, out);
	json_decref(j);
	return done;
}

bool builtin_json_get(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "get"), *member = NULL;
	bool done = false;
	if (!j) goto out;
	member = json_object_getn(j, a[1].text->p, a[1].text->n);
	if (!member) raise_unknown(f, "get: there is no member %s", name_of(f, a[1]));
	else done = of_json(f, member, a, out);
out:
	json_decref(j);
	return done;
}

bool builtin_json_item(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "item"), *item = NULL;
	bool done = false;
	if (!j) goto out;
	item = a[1].i >= 0 ? json_array_get(j, (size_t)a[1].i) : NULL;
	if (!item) raise_unknown(f, "item: there is no element %lld", (long long)a[1].i);
	else done = of_json(f, item, a, out);
out:
	json_decref(j);
	return done;
}

bool builtin_json_string(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "as_string");
	bool done = false;
	if (!j) goto out;
	if (!json_is_string(j)) raise_unknown(f, "as_string: %s is no string", name_of(f, a[0]));
	else done = text_derived(f, (struct str){ json_string_value(j), json_string_length(j) }, a, 1, out);
out:
	json_decref(j);
	return done;
}

bool builtin_json_int(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "as_int");
	bool done = j && json_is_integer(j);
	if (done) *out = of_tag(V_INT, json_integer_value(j), 0);
	else if (j) raise_unknown(f, "as_int: %s is no whole number", name_of(f, a[0]));
	json_decref(j);
	return done;
}

bool builtin_json_bool(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "as_bool");
	bool done = j && json_is_boolean(j);
	if (done) *out = of_bool(json_is_true(j) ? TRUE3 : FALSE3, 0);
	else if (j) raise_unknown(f, "as_bool: %s is neither true nor false", name_of(f, a[0]));
	json_decref(j);
	return done;
}

bool builtin_json_list(struct fiber *f, const struct value *a, struct value *out)
{
	json_t *j = parsed(f, a[0].text, "as_list");
	bool done = false;
	if (!j) goto out;
	if (!json_is_array(j)) {
		raise_unknown(f, "as_list: %s is no array", name_of(f, a[0]));
		goto out;
	}
	size_t n = json_array_size(j);
	struct value_list *list = heap_alloc(f, sizeof *list + n * sizeof *list->at);
	if (!list) {
		raise_heap(f);
		goto out;
	}
	for (; list->n < n; list->n++)
		if (!of_json(f, json_array_get(j, list->n), a, &list->at[list->n])) goto out;
	*out = (struct value){ .tag = V_LIST, .of = TYPE_LIST(T_JSON), .list = list };
	done = true;
out:
	json_decref(j);
	return done;
}
