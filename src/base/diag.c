#include "irs/diag.h"

#include <stdarg.h>
#include <stdio.h>

const struct diag_info diag_table[DIAG_CODES] = {
#define DIAG(code, name, severity, title, help) { #code, #name, DIAG_##severity, title, help },
#include "irs/tbl/diag.def"
#undef DIAG
};

static const char *format(struct diags *ds, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	char *s = arena_alloc(ds->arena, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

#define FORMATTED(s)                      \
	va_list ap;                           \
	va_start(ap, fmt);                    \
	const char *s = format(ds, fmt, ap); \
	va_end(ap)

struct diag *diag_add(struct diags *ds, enum diag_code code, struct span at, const char *fmt, ...)
{
	FORMATTED(message);
	struct diag *d = arena_new_of(ds->arena, struct diag);
	*d = (struct diag){ .code = code, .severity = diag_table[code].severity, .span = at, .message = message };
	size_t *count = d->severity == DIAG_ERROR ? &ds->errors : &ds->warnings;
	if ((*count)++ < (ds->limit ? ds->limit : 1000)) vec_push(ds->arena, &ds->list, d);
	return d;
}

void diag_caption(struct diags *ds, struct diag *d, const char *fmt, ...)
{
	FORMATTED(text);
	d->caption = text;
}

void diag_label(struct diags *ds, struct diag *d, struct span at, const char *fmt, ...)
{
	FORMATTED(text);
	vec_push(ds->arena, &d->labels, ((struct diag_label){ at, text }));
}

void diag_note(struct diags *ds, struct diag *d, const char *fmt, ...)
{
	FORMATTED(text);
	vec_push(ds->arena, &d->notes, text);
}

void diag_help(struct diags *ds, struct diag *d, const char *fmt, ...)
{
	FORMATTED(text);
	d->help = text;
}

void diag_fix(struct diags *ds, struct diag *d, struct span at, const char *fmt, ...)
{
	FORMATTED(text);
	d->fix = (struct diag_fix){ at, text, true };
}
