/* rig: a local world for tests, whose effects are awaited one after the other. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "irs/loop.h"
#include "irs/world.h"

enum { MAX_STARTED = 64 };

/* The shells that may be /bin/sh somewhere. busybox decides by its name what it is. */
static const char *shells[4] = { "/bin/dash", "/bin/bash", NULL, "/bin/mksh" };
enum { WORK_SHELLS = 3 /* mksh's printf is no builtin */, LEASH_SHELLS = 4 };

static inline int make_shells(void **state)
{
	static char dir[] = "/tmp/irs-test-shells-XXXXXX", path[sizeof dir + 3];
	(void)state;
	if (!mkdtemp(dir)) return -1;
	snprintf(path, sizeof path, "%s/sh", dir);
	shells[2] = path;
	return symlink("/bin/busybox", path);
}

static inline int remove_shells(void **state)
{
	char dir[256];
	(void)state;
	snprintf(dir, sizeof dir, "%s", shells[2]);
	*strrchr(dir, '/') = 0;
	return unlink(shells[2]) || rmdir(dir);
}

struct rig {
	struct loop *loop;
	struct world *world;
	struct process_ref started[MAX_STARTED];
	size_t nstarted;
	char fired[64];
	int left; /* answers that are awaited */
	bool asleep;
	struct err error;
	struct host_facts facts;
	struct vm_host host[4];
	struct vm_hosts hosts;
};

/* A command and its answer, copied. */
struct ran {
	struct request request;
	struct effect effect;
	struct run_result result;
	char *out, *err;
	size_t out_n, err_n;
	bool done;
	struct rig *rig;
};

static inline struct text *text_new(const char *p, size_t n)
{
	struct text *t = calloc(1, sizeof *t + n + 1);
	t->n = n;
	memcpy(t->p, p, n);
	return t;
}

static inline void rig_started(void *owner, uint32_t host, const struct process_ref *p)
{
	struct rig *b = owner;
	(void)host;
	assert_true(b->nstarted < MAX_STARTED);
	b->started[b->nstarted++] = *p;
}

static inline void rig_fired(void *owner, uint32_t host, const char *why)
{
	struct rig *b = owner;
	(void)host;
	snprintf(b->fired, sizeof b->fired, "%s", why);
}

static inline void rig_opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e)
{
	struct rig *b = owner;
	(void)host;
	if (f) b->facts = *f;
	b->error = *e;
	if (--b->left == 0) loop_stop(b->loop);
}

static inline void rig_done(void *owner, uint32_t host, const struct err *e)
{
	struct rig *b = owner;
	(void)host;
	b->error = *e;
	if (--b->left == 0) loop_stop(b->loop);
}

static inline void rig_give_up(void *ctx)
{
	(void)ctx;
	fail_msg("no answer came");
}

/* Runs the loop until all that was asked is answered. */
static inline void rig_await(struct rig *b)
{
	if (!b->left) return;
	struct loop_timer *t = loop_after(b->loop, 60000000000, rig_give_up, NULL);
	while (b->left) loop_run(b->loop);
	loop_timer_stop(t);
}

static inline void rig_stop(void *ctx) { loop_stop(ctx); }

static inline void rig_slept(void *ctx)
{
	struct rig *b = ctx;
	b->asleep = false;
	loop_stop(b->loop);
}

static inline void rig_sleep(struct rig *b, int64_t ns)
{
	b->asleep = true;
	loop_after(b->loop, ns, rig_slept, b);
	while (b->asleep) loop_run(b->loop); /* an answer may stop it, too */
}

static inline void rig_world_new(struct rig *b, const char *shell, size_t output, const char *consent, size_t hosts)
{
	*b = (struct rig){ .loop = loop_new(NULL), .hosts = { hosts, b->host } };
	for (int i = 0; i < 4; i++) b->host[i] = (struct vm_host){ STR("here"), STR("127.0.0.1") };
	struct world_real_options o = { .hosts = &b->hosts, .limits.output = output, .shell = shell, .kill_grace = 300000000, .consent = consent,
		                         .started = rig_started, .fired = rig_fired, .owner = b };
	b->world = world_real_new(b->loop, &o, &b->error);
	assert_non_null(b->world);
}

static inline bool rig_open_host(struct rig *b, uint32_t host)
{
	b->left++;
	b->world->ops->open(b->world, host, rig_opened, b);
	rig_await(b);
	return !b->error.what[0];
}

static inline void rig_new(struct rig *b, const char *shell)
{
	rig_world_new(b, shell, 0, NULL, 1);
	if (!rig_open_host(b, 0)) fail_msg("%s", b->error.what);
}

static inline void rig_disarm(struct rig *b)
{
	b->left++;
	b->world->ops->leash_disarm(b->world, 0, rig_done, b);
	rig_await(b);
	assert_string_equal(b->error.what, "");
}

static inline void rig_drop(struct rig *b)
{
	world_real_free(b->world);
	loop_free(b->loop);
}

static inline void rig_free(struct rig *b)
{
	rig_disarm(b);
	rig_drop(b);
}

static inline void ran_done(struct request *r, const struct outcome *o)
{
	struct ran *n = r->owner;
	assert_false(n->done);
	n->done = true;
	n->result = o->run;
	n->out_n = o->run.stdout_text->n;
	n->err_n = o->run.stderr_text->n;
	n->out = memcpy(malloc(n->out_n + 1), o->run.stdout_text->p, n->out_n + 1);
	n->err = memcpy(malloc(n->err_n + 1), o->run.stderr_text->p, n->err_n + 1);
	if (--n->rig->left == 0) loop_stop(n->rig->loop);
}

static inline void ran_start(struct rig *b, struct ran *n, struct value command, int64_t timeout)
{
	n->rig = b;
	n->effect.kind = EFFECT_RUN;
	n->effect.run.command = command;
	n->effect.run.timeout = timeout;
	n->request.effect = &n->effect;
	n->request.done = ran_done;
	n->request.owner = n;
	b->left++;
	b->world->ops->perform(b->world, &n->request);
}

static inline struct value string_value(const char *s, size_t n) { return (struct value){ .tag = V_STRING, .text = text_new(s, n) }; }

static inline void ran_free(struct ran *n)
{
	if (n->effect.run.command.tag == V_STRING) free(n->effect.run.command.text);
	if (n->effect.run.input.tag == V_STRING) free(n->effect.run.input.text);
	free(n->out);
	free(n->err);
	*n = (struct ran){ 0 };
}

/* Runs `command` for at most `ms` and waits for its answer. */
static inline void run_for(struct rig *b, struct ran *n, const char *command, int64_t ms)
{
	ran_start(b, n, string_value(command, strlen(command)), ms * 1000000);
	rig_await(b);
}

/* Runs `command` and checks exit and outputs. */
static inline void expect_run(struct rig *b, const char *command, int status, const char *out, const char *err)
{
	struct ran n = { 0 };
	run_for(b, &n, command, 20000);
	if (n.result.exit != status || strcmp(n.out, out) || (err && strcmp(n.err, err)))
		fail_msg("%s: exit %d (lost %d), out «%s», err «%s»", command, n.result.exit, n.result.lost, n.out, n.err);
	ran_free(&n);
}

/* Whether a process lives; zombies don't. */
static inline bool lives(long pid)
{
	char path[64], line[512], *at;
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	FILE *f = fopen(path, "r");
	if (!f) return false;
	at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return at && at[2] != 'Z' && at[2] != 'X';
}

/* How many living processes have this group (5th field of their stat). */
static inline int group_size(long pgid)
{
	DIR *d = opendir("/proc");
	int n = 0;
	for (struct dirent *e; (e = readdir(d));) {
		long pid = strtol(e->d_name, NULL, 10), group;
		char path[64], line[512], *at;
		if (pid <= 0 || !lives(pid)) continue;
		snprintf(path, sizeof path, "/proc/%ld/stat", pid);
		FILE *f = fopen(path, "r");
		if (!f) continue;
		at = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (at && sscanf(at + 2, "%*c %*d %ld", &group) == 1 && group == pgid) n++;
	}
	closedir(d);
	return n;
}

static inline const struct process_ref *started_last(const struct rig *b, enum process_kind kind)
{
	for (size_t i = b->nstarted; i--;)
		if (b->started[i].kind == kind) return &b->started[i];
	return NULL;
}

#endif
