#include "irs/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chain.h"

struct visitor {
	journal_visit *visit;
	void *ctx;
};

/* An event that this program doesn't know is passed over: a later version wrote it. */
static bool visit_line(void *ctx, const json_t *line)
{
	const struct visitor *v = ctx;
	enum event ev = event_named(json_string_value(json_object_get(line, "ev")));
	return ev == EVENTS || v->visit(v->ctx, ev, line);
}

bool journal_read(const char *path, journal_visit *visit, void *ctx, struct err *e)
{
	struct visitor v = { visit, ctx };
	struct journal_end end;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) return err_set(e, IRS_USAGE, path, "the journal can't be opened: %s", strerror(errno));
	bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!ok) err_set(e, IRS_USAGE, path, "the journal is not a regular file");
	else ok = chain_read(fd, path, visit_line, &v, &end, e);
	close(fd);
	return ok;
}
