#include "builtin.h"

#include <string.h>

static const struct {
	const char *name, *signature;
	builtin_fn *compute;
} table[BUILTINS] = {
#define BUILTIN(id, name, signature, effect, doc) [BUILTIN_##id] = { name, signature, builtin_##id },
#include "irs/tbl/builtin.def"
#undef BUILTIN
};

static enum type_base base_of(char c)
{
	static const char letters[] = "bifsdzphPrj";
	static const uint8_t bases[] = { T_BOOL, T_INT, T_FLOAT, T_STRING, T_DURATION, T_SIZE, T_PERCENT, T_HOST, T_PROCESS, T_RESULT, T_JSON };
	const char *at = strchr(letters, c);
	return at ? (enum type_base)bases[at - letters] : T_NONE;
}

unsigned builtin_arity(enum builtin_id id)
{
	unsigned n = 0;
	for (const char *p = table[id].signature; *p && *p != '-'; p++) n += *p != '[' && *p != ']';
	return n;
}

const char *builtin_name(enum builtin_id id) { return table[id].name; }

/* What T is, from the first argument that it stands for. */
static struct type type_of_t(enum builtin_id id, const struct value *args)
{
	unsigned lists = 0, i = 0;
	for (const char *p = table[id].signature; *p && *p != '-'; p++) {
		if (*p == '[') lists++;
		else if (*p == ']') lists--;
		else if (*p != 'T') i++;
		else {
			struct type t = value_type(args[i]);
			return (struct type){ t.base, (uint8_t)(t.lists >= lists ? t.lists - lists : 0) };
		}
	}
	return TYPE(T_NONE);
}

struct type builtin_result(enum builtin_id id, const struct value *args)
{
	const char *p = strstr(table[id].signature, "->") + 2;
	struct type t = TYPE(T_NONE);
	uint8_t lists = 0;
	for (; *p; p++) {
		if (*p == '[') lists++;
		else if (*p != ']') t = *p == 'T' ? type_of_t(id, args) : TYPE(base_of(*p));
	}
	t.lists = (uint8_t)(t.lists + lists);
	return t;
}

/* These take lists apart, and are at home with unknown elements; pick and mark see to unknowns themselves. */
static bool minds_elements(enum builtin_id id)
{
	return id != BUILTIN_len_list && id != BUILTIN_first && id != BUILTIN_last && id != BUILTIN_at && id != BUILTIN_string_any &&
	       id != BUILTIN_pick && id != BUILTIN_pick_n;
}

static bool of_unknowns(struct fiber *f, enum builtin_id id, const struct value *args, unsigned n, struct value *out)
{
	struct buf rest = { 0 };
	uint8_t certainty = 0;
	for (unsigned i = 0; i < n; i++) {
		certainty = surer(certainty, args[i].certainty);
		if (i > 1) buf_puts(&rest, ", ");
		if (i > 0) buf_puts(&rest, name_of(f, args[i]));
	}
	bool done = unknown(f, builtin_result(id, args), certainty, out, "%s.%s(%s)", name_of(f, args[0]), table[id].name, rest.p ? rest.p : "");
	buf_free(&rest);
	return done;
}

bool builtin_call(struct fiber *f, enum builtin_id id, const struct value *args, struct value *out)
{
	unsigned n = builtin_arity(id);
	uint8_t certainty = 0;
	bool is_unknown = false, may_be = id == BUILTIN_pick || id == BUILTIN_pick_n || id == BUILTIN_string_any;
	for (unsigned i = 0; i < n; i++) {
		certainty = surer(certainty, args[i].certainty);
		is_unknown = is_unknown || (minds_elements(id) ? value_has_unknown(args[i]) : !may_be && args[i].tag == V_UNKNOWN);
	}
	if (is_unknown) return of_unknowns(f, id, args, n, out);
	if (!table[id].compute(f, args, out)) return false;
	out->certainty = surer(out->certainty, certainty);
	return true;
}
