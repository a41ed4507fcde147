#include "irs/type.h"

static const char *const base_name[T_BASES] = {
	[T_NONE] = "nothing", [T_ERROR] = "?",	       [T_BOOL] = "bool",	[T_INT] = "int",
	[T_FLOAT] = "float",  [T_STRING] = "string",   [T_DURATION] = "duration", [T_SIZE] = "size",
	[T_PERCENT] = "percent", [T_HOST] = "host",    [T_PROCESS] = "process", [T_RESULT] = "result",
	[T_JSON] = "json",    [T_RESPONSE] = "response",
};

bool type_fits(struct type from, struct type to)
{
	return type_eq(from, to) || (from.base == T_NONE && from.lists && to.lists >= from.lists);
}

void type_put(struct buf *b, struct type t)
{
	for (unsigned i = 0; i < t.lists; i++) buf_puts(b, "list<");
	buf_puts(b, t.base == T_NONE && t.lists ? "?" : base_name[t.base]);
	buf_pad(b, '>', t.lists);
}

enum type_base type_named(struct str word)
{
	for (unsigned i = T_BOOL; i <= T_JSON; i++)
		if (str_eq(word, str_of(base_name[i]))) return (enum type_base)i;
	return T_NONE;
}
