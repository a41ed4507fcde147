#include "irs/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *said(const char *name)
{
	const char *v = getenv(name);
	return v && *v ? v : NULL;
}

static unsigned columns_of(int fd)
{
	struct winsize w;
	if (!ioctl(fd, TIOCGWINSZ, &w) && w.ws_col >= 20) return w.ws_col;
	const char *v = said("COLUMNS");
	long n = v ? strtol(v, NULL, 10) : 0;
	return n >= 20 && n <= 1000 ? (unsigned)n : 80;
}

struct term term_of(int fd)
{
	const char *kind = said("TERM");
	bool tty = isatty(fd);
	return (struct term){ .tty = tty, .color = tty && !said("NO_COLOR") && (!kind || strcmp(kind, "dumb")),
		              .columns = columns_of(fd) };
}
