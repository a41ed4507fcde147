/* The builtins of tbl/builtin.def: each computes one value from its arguments. */
#ifndef VM_BUILTIN_H
#define VM_BUILTIN_H

#include "fiber.h"

enum builtin_id {
#define BUILTIN(id, name, signature, effect, doc) BUILTIN_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
	BUILTINS
};

/* Computes `id` of `args` into `out`; false: raised. Those with an effect (pick, mark) are in effect.c. */
bool builtin_call(struct fiber *f, enum builtin_id id, const struct value *args, struct value *out);
unsigned builtin_arity(enum builtin_id id);
/* What it yields for these arguments, also where they are unknown. */
struct type builtin_result(enum builtin_id id, const struct value *args);
const char *builtin_name(enum builtin_id id);

typedef bool builtin_fn(struct fiber *f, const struct value *args, struct value *out);
#define BUILTIN(id, name, signature, effect, doc) builtin_fn builtin_##id;
#include "irs/tbl/builtin.def"
#undef BUILTIN

#endif
