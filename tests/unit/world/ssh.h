/* ssh: what the tests of the SSH parts share: a directory of their own, files in it, a loop that gives up, programs that are run. */
#ifndef TESTS_SSH_H
#define TESTS_SSH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/loop.h"

struct ssh_rig {
	struct loop *loop;
	struct arena *arena;
	char dir[64];
	int left; /* answers that are awaited */
};

static inline void ssh_rig_new(struct ssh_rig *g)
{
	*g = (struct ssh_rig){ .loop = loop_new(NULL), .arena = arena_new(0) };
	strcpy(g->dir, "/tmp/irs-test-ssh-XXXXXX");
	assert_non_null(mkdtemp(g->dir));
	signal(SIGPIPE, SIG_IGN);
}

static inline int ssh_rig_remove(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)s, (void)flag, (void)f;
	return remove(path);
}

static inline void ssh_rig_free(struct ssh_rig *g)
{
	loop_free(g->loop);
	arena_free(g->arena);
	nftw(g->dir, ssh_rig_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *rig_path(struct ssh_rig *g, const char *name) { return arena_printf(g->arena, "%s/%s", g->dir, name); }

static inline const char *rig_write(struct ssh_rig *g, const char *name, const char *text, size_t n)
{
	const char *path = rig_path(g, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
	chmod(path, 0600);
	return path;
}

static inline const char *rig_file(struct ssh_rig *g, const char *name, const char *text) { return rig_write(g, name, text, strlen(text)); }

/* What a shell command prints; it must succeed unless `status` is given. */
static inline char *rig_output(struct ssh_rig *g, int *status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static inline char *rig_output(struct ssh_rig *g, int *status, const char *fmt, ...)
{
	struct buf command = { 0 }, out = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&command, fmt, ap);
	va_end(ap);
	FILE *f = popen(command.p, "r");
	assert_non_null(f);
	for (size_t n; (n = fread(buf_reserve(&out, 4096), 1, 4096, f)) > 0;) out.n += n;
	int ended = pclose(f);
	if (status) *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
	else if (ended) fail_msg("%s: status %d", command.p, ended);
	char *s = arena_strndup(g->arena, out.p ? out.p : "", out.n);
	buf_free(&command);
	buf_free(&out);
	return s;
}

static inline void ssh_rig_give_up(void *ctx)
{
	(void)ctx;
	fail_msg("no answer came");
}

static inline void rig_answered(struct ssh_rig *g)
{
	if (--g->left == 0) loop_stop(g->loop);
}

static inline void rig_await(struct ssh_rig *g)
{
	if (!g->left) return;
	struct loop_timer *t = loop_after(g->loop, 120000000000, ssh_rig_give_up, NULL);
	loop_run(g->loop);
	loop_timer_stop(t);
}

#endif
