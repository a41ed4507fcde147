#include "irs/err.h"

#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum irs_exit exit, const char *where, const char *fmt, ...)
{
	if (!e) return false;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(e->what, sizeof e->what, fmt, ap);
	va_end(ap);
	snprintf(e->where, sizeof e->where, "%s", where ? where : "");
	e->remedy[0] = 0;
	e->exit = exit;
	return false;
}

bool err_remedy(struct err *e, const char *fmt, ...)
{
	if (!e) return false;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(e->remedy, sizeof e->remedy, fmt, ap);
	va_end(ap);
	return false;
}

bool err_within(struct err *e, const char *outer)
{
	char inner[sizeof e->where];
	if (!e) return false;
	memcpy(inner, e->where, sizeof inner);
	int n = snprintf(e->where, sizeof e->where, "%s%s", outer, inner[0] ? ", " : "");
	if (n >= 0 && (size_t)n < sizeof e->where) snprintf(e->where + n, sizeof e->where - (size_t)n, "%s", inner);
	return false;
}
