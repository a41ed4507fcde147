/*
 * What undoing costs beside the commands themselves: a session restores 1,000 undo records whose restore is `true`, from phase to phase with all
 * that it writes to the journal; its peer is a plain loop of as many posix_spawns of `sh -c true` with the same concurrency. Prints rows of a
 * Markdown table: what, measured, ratio, target.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer.h"

#define fail_msg(...) abort() /* for builder.h, which is made for cmocka */
#include "../unit/image/builder.h"
#include "irs/session.h"

enum { RECORDS = 1000, MOST_HOSTS = 4 };

/* One step on all hosts, with so many frames that there are RECORDS undo records. */
static const struct image *build(struct builder *b, int hosts)
{
	uint32_t all = build_target(b, "all", (uint32_t)hosts, hosts > 1 ? (uint32_t)hosts : 1);
	struct routine *r = build_fn(b, "on", ROLE_ON, hosts > 1 ? TYPE_LIST(T_HOST) : TYPE(T_HOST));
	PUT(r, GLOBAL, all);
	PUT(r, RETURN);
	uint32_t on = b->fn, induce = build_nothing(b, "induce", ROLE_INDUCE);
	r = build_fn(b, "restore", ROLE_RESTORE, TYPE(T_NONE));
	PUT(r, CONST, build_text(b, "true"));
	PUT(r, CONST, build_duration(b, INT64_C(10000000000)));
	PUT(r, RUN, 0);
	PUT(r, POP);
	PUT(r, RETURN);
	struct image_frame f = { .fault = IMAGE_NONE, .capture = IMAGE_NONE, .induce = induce, .restore = b->fn, .because = IMAGE_NONE };
	for (int i = 0; i < RECORDS / hosts; i++) assembly_add_frame(b->as, f);
	assembly_add_step(b->as, (struct image_step){ .name = IMAGE_NONE, .title = IMAGE_NONE, .level = 1, .on = on, .capture = IMAGE_NONE,
	                                              .nframes = (uint32_t)(RECORDS / hosts), .failsafe = FAILSAFE_NONE, .silent = -1, .latest = -1 });
	return builder_image(b);
}

struct watching {
	struct loop *loop;
	double began, took;
};

static void watch(void *ctx, enum event ev, const json_t *line)
{
	struct watching *w = ctx;
	const char *phase = ev == EV_phase ? json_string_value(json_object_get(line, "phase")) : "";
	if (!strcmp(phase, "restoring")) w->began = now();
	if (!strcmp(phase, "restored")) w->took = now() - w->began;
}

static void over(void *ctx)
{
	loop_stop(((struct watching *)ctx)->loop);
}

static double restore_all(int hosts)
{
	static const struct vm_host names[] = { { STR("runner"), STR("r") }, { STR("a"), STR("a") }, { STR("b"), STR("b") }, { STR("c"), STR("c") }, { STR("d"), STR("d") } };
	char dir[] = "/tmp/irs-bench-XXXXXX", path[64];
	struct builder *b = builder_new();
	struct watching w = { .loop = loop_new(NULL) };
	struct vm_hosts vm_hosts = { (size_t)hosts + 1, names };
	struct world_real_options wo = { .hosts = &vm_hosts };
	struct value host[MOST_HOSTS], target;
	if (!mkdtemp(dir)) abort();
	snprintf(path, sizeof path, "%s/journal.jsonl", dir);
	for (int i = 0; i < hosts; i++) host[i] = value_host((uint32_t)i + 1);
	target = hosts > 1 ? value_list(b->arena, TYPE(T_HOST), host, (size_t)hosts) : host[0];
	struct session_options o = { .loop = w.loop, .journal = journal_create(path, 0, NULL), .image = build(b, hosts), .hosts = &vm_hosts,
		                     .globals = &target, .id = "bench", .program = "bench", .watch = watch, .watch_ctx = &w, .over = over, .ctx = &w };
	struct world *world = world_real_new(w.loop, &wo, NULL);
	struct session *s = session_new(b->arena, &o);
	session_use(s, world);
	session_start(s);
	loop_run(w.loop);
	if (session_exit(s) != IRS_OK) abort();
	journal_close(o.journal);
	session_free(s);
	world_real_free(world);
	loop_free(w.loop);
	builder_free(b);
	unlink(path);
	rmdir(dir);
	return w.took;
}

int main(void)
{
	for (int at_once = 1; at_once <= MOST_HOSTS; at_once *= 2) {
		double restored[ROUNDS], spawned[ROUNDS];
		for (int i = 0; i < ROUNDS; i++) {
			restored[i] = restore_all(at_once);
			spawned[i] = spawn_all("true", RECORDS, at_once);
		}
		double ours = median(restored), theirs = median(spawned);
		printf("| 1,000 undo records with `true`, %d host%s ÷ `posix_spawn` of `sh -c true`, %d at once | %.0f ms ÷ %.0f ms | %.2f | ≤ 1.5 |\n", at_once,
		       at_once > 1 ? "s" : "", at_once, ours * 1e3, theirs * 1e3, ours / theirs);
	}
	return 0;
}
