#include "irs/err.h"

#include <stdio.h>

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
