/* rig: scenarios made by hand, and a session that runs one of them in the fake world. Include it behind cmocka.h. */
#ifndef TESTS_UNIT_SESSION_RIG_H
#define TESTS_UNIT_SESSION_RIG_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../image/builder.h"
#include "fake.h"
#include "irs/file.h"
#include "irs/replay.h"
#include "irs/session.h"
#include "irs/summary.h"

struct rig {
	struct builder *b;
	struct fake *f;
	char dir[64], path[96];
	uint32_t everywhere, first; /* ROLE_ON functions: all of a, b, c; only a */
	uint32_t one, all;          /* the globals that they return */
	uint32_t lists;             /* where the lists of the next step begin */
	const struct image *image;
	struct session *session;
	struct err e;
	bool rehearse;
	int64_t hold;
};

static const struct vm_host rig_host[FAKE_HOSTS] = {
    {STR("runner"), STR("r")}, {STR("a"), STR("a")}, {STR("b"), STR("b")}, {STR("c"), STR("c")}};
static const struct vm_hosts rig_hosts = { FAKE_HOSTS, rig_host };

static int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof *r);
	r->b = builder_new();
	r->f = mmap(NULL, sizeof *r->f, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	strcpy(r->dir, "/tmp/irs-session-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->path, sizeof r->path, "%s/journal.jsonl", r->dir);
	r->one = build_target(r->b, "first", 1, 1);
	r->all = build_target(r->b, "hosts", 2, 5);
	PUT(build_fn(r->b, "on/first", ROLE_ON, TYPE(T_HOST)), GLOBAL, r->one);
	PUT(assembly_routine(r->b->as, r->b->fn), RETURN);
	r->first = r->b->fn;
	PUT(build_fn(r->b, "on/all", ROLE_ON, TYPE_LIST(T_HOST)), GLOBAL, r->all);
	PUT(assembly_routine(r->b->as, r->b->fn), RETURN);
	r->everywhere = r->b->fn;
	*state = r;
	return 0;
}

static int rig_teardown(void **state)
{
	struct rig *r = *state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
	assert_int_equal(system(command), 0);
	buf_free(&r->f->log);
	munmap(r->f, sizeof *r->f);
	builder_free(r->b);
	free(r);
	return 0;
}

/* A block that runs commands, one after the other ("a; b"). */
static uint32_t rig_block(struct rig *r, enum fn_role role, uint32_t flags, const char *commands)
{
	char copy[256], *rest = copy, *c;
	struct routine *fn = build_fn(r->b, commands, role, TYPE(T_NONE));
	snprintf(copy, sizeof copy, "%s", commands);
	while ((c = strsep(&rest, ";"))) {
		PUT(fn, CONST, build_text(r->b, c + strspn(c, " ")));
		PUT(fn, CONST, build_duration(r->b, INT64_C(30000000000)));
		PUT(fn, RUN, flags);
		PUT(fn, POP);
	}
	PUT(fn, RETURN);
	return r->b->fn;
}

struct rig_frame {
	const char *induce, *verify, *restore, *superseded; /* the last two may be NULL */
	uint32_t retry_times;
	const char *tool;
};

static void rig_frame(struct rig *r, const struct rig_frame *w)
{
	struct assembly *as = r->b->as;
	struct image_frame f = { .fault = IMAGE_NONE,
	                        .capture = IMAGE_NONE,
	                        .nverify = 1,
	                        .because = IMAGE_NONE,
	                        .renderable = w->restore != NULL,
	                        .retry_group = w->retry_times ? 1 : 0,
	                        .retry_times = w->retry_times,
	                        .retry_every = w->retry_times ? 1000000 : 0};
	f.verify = assembly_add_function_ref(as, (struct image_function_ref){ rig_block(r, ROLE_VERIFY, RUN_OBSERVE, w->verify) });
	f.superseded = assembly_count_function_ref(as);
	if (w->superseded) {
		f.nsuperseded = 1;
		assembly_add_function_ref(as, (struct image_function_ref){ rig_block(r, ROLE_SUPERSEDED, RUN_OBSERVE, w->superseded) });
	}
	f.induce = rig_block(r, ROLE_INDUCE, 0, w->induce);
	f.restore = w->restore ? rig_block(r, ROLE_RESTORE, 0, w->restore) : IMAGE_NONE;
	if (!w->restore) f.because = build_string(r->b, "it vanishes by itself");
	f.needs = assembly_count_need(as);
	if (w->tool) {
		f.nneeds = 1;
		assembly_add_need(as, (struct image_need){ IMAGE_NEED_TOOL, build_string(r->b, w->tool) });
	}
	assembly_add_frame(as, f);
}

/* A step; its frames were added just before. */
static void rig_step(struct rig *r, const char *name, uint32_t on, uint32_t nframes, uint32_t at_most, int64_t after)
{
	struct assembly *as = r->b->as;
	assembly_add_step(as, (struct image_step){ .name = build_string(r->b, name),
	                                          .title = IMAGE_NONE,
	                                          .level = 1,
	                                          .on = on,
	                                          .fanout = at_most ? IMAGE_AT_MOST : IMAGE_ALL_AT_ONCE,
	                                          .limit = at_most,
	                                          .when = after >= 0 ? STEP_AFTER : STEP_AT_START,
	                                          .after = after >= 0 ? after : 0,
	                                          .capture = IMAGE_NONE,
	                                          .superseded = r->lists,
	                                          .frames = assembly_count_frame(as) - nframes,
	                                          .nframes = nframes,
	                                          .failsafe = FAILSAFE_DEFAULT,
	                                          .silent = INT64_C(3600000000000),
	                                          .latest = -1});
	r->lists = assembly_count_function_ref(as);
}

static void rig_simple(struct rig *r, const char *name, uint32_t on, uint32_t at_most, int64_t after, struct rig_frame f)
{
	rig_frame(r, &f);
	rig_step(r, name, on, 1, at_most, after);
}

static void rig_precondition(struct rig *r, uint32_t on, const char *commands)
{
	uint32_t fn = rig_block(r, ROLE_PRECONDITION, RUN_OBSERVE, commands);
	assembly_add_precondition(r->b->as, (struct image_precondition){ IMAGE_NONE, 1, on, 0, 0, fn, 0 });
}

static void rig_over(void *ctx)
{
	loop_stop(ctx);
}

static void rig_make(struct rig *r, struct session_options *o)
{
	struct value *globals = arena_array_of(r->b->arena, struct value, 2);
	struct value all[] = { value_host(1), value_host(2), value_host(3) };
	if (!r->image) r->image = builder_image(r->b);
	globals[r->one] = value_host(1);
	globals[r->all] = value_list(r->b->arena, TYPE(T_HOST), all, 3);
	r->f->w.ops = &fake_ops;
	r->f->loop = loop_new(&r->e);
	assert_non_null(r->f->loop);
	*o = (struct session_options){ .loop = r->f->loop,
	                              .image = r->image,
	                              .hosts = &rig_hosts,
	                              .globals = globals,
	                              .seed = 1,
	                              .id = "test",
	                              .program = "test",
	                              .hold = r->hold,
	                              .rehearse = r->rehearse,
	                              .patience = 1000000,
	                              .over = rig_over,
	                              .ctx = r->f->loop };
}

static enum irs_exit rig_turn(struct rig *r, struct session_options *o)
{
	loop_run(r->f->loop);
	assert_true(session_over(r->session));
	enum irs_exit exit = session_exit(r->session);
	journal_close(o->journal);
	session_free(r->session);
	loop_free(r->f->loop);
	return exit;
}

/* The journal as it stands, or its first `lines`, replayed. */
static struct replay rig_replay(struct rig *r, const char *path)
{
	struct session_origin origin;
	struct replay out;
	assert_true(session_origin_read(r->b->arena, path, "", &origin, &r->e));
	if (!session_replay(r->b->arena, path, &origin, r->image, &out, &r->e)) fail_msg("%s", r->e.what);
	return out;
}

/* Whatever was decided is decided again, up to every line at which the runner may have died. */
static void rig_replays(struct rig *r)
{
	struct str all;
	const char *part = arena_printf(r->b->arena, "%s.part", r->path);
	assert_true(file_read(r->b->arena, r->path, 1 << 24, &all, &r->e));
	size_t lines = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (all.p[i] != '\n' || ++lines < 3) continue;
		assert_true(file_write(part, (struct str){ all.p, i + 1 }, 0600, &r->e));
		struct replay out = rig_replay(r, part);
		if (out.verdict != REPLAY_SAME)
			fail_msg("%zu lines: line %zu\nthen: %s\nnow:  %s\n%.*s", lines, out.line, out.then, out.now, STR_ARG(all));
	}
	assert_int_equal(rig_replay(r, r->path).end, REPLAY_CLOSED);
}

/* From start to end. */
static enum irs_exit rig_run(struct rig *r)
{
	struct session_options o;
	rig_make(r, &o);
	o.journal = journal_create(r->path, 0, &r->e);
	assert_non_null(o.journal);
	r->session = session_new(r->b->arena, &o);
	session_use(r->session, &r->f->w);
	session_start(r->session);
	enum irs_exit exit = rig_turn(r, &o);
	rig_replays(r);
	return exit;
}

/* What `irs restore` does. */
static enum irs_exit rig_recover(struct rig *r)
{
	struct session_options o;
	struct session_origin origin;
	assert_true(session_origin_read(r->b->arena, r->path, "/dev/null", &origin, &r->e));
	rig_make(r, &o);
	o.hosts = &origin.hosts;
	o.journal = journal_open(r->path, &r->e);
	assert_non_null(o.journal);
	r->session = session_new(r->b->arena, &o);
	session_use(r->session, &r->f->w);
	if (!session_recover_read(r->session, r->path, &r->e)) fail_msg("%s", r->e.what);
	session_recover(r->session);
	return rig_turn(r, &o);
}

static bool rig_count(void *ctx, enum event ev, const json_t *line)
{
	int *count = ctx;
	(void)line;
	count[ev]++;
	return true;
}

/* How many events of a kind the journal holds. */
static int rig_events(struct rig *r, enum event ev)
{
	int count[EVENTS] = { 0 };
	assert_true(journal_read(r->path, rig_count, count, &r->e));
	return count[ev];
}

static const char *rig_log(struct rig *r)
{
	return r->f->log.p ? r->f->log.p : "";
}

static void rig_logged(struct rig *r, const char *wanted)
{
	if (!strstr(rig_log(r), wanted)) fail_msg("wanted:\n%s\nin:\n%s", wanted, rig_log(r));
}

#endif
