/* whole: a valid image with one of everything, for tests that break it. Include it behind cmocka.h. */
#ifndef TESTS_UNIT_IMAGE_WHOLE_H
#define TESTS_UNIT_IMAGE_WHOLE_H

#include "builder.h"

struct whole { /* indices of what it holds */
	uint32_t lb, db, share, victim;
	uint32_t sum, pick, on, captures, induce, verify, restore, superseded, frame_captures, fault_induce, fault_verify, fault_restore;
	uint32_t precondition, probe, alarm, text, resolved;
};

static void whole_run(struct builder *b, struct routine *r, const char *command, uint32_t flags)
{
	PUT(r, CONST, build_text(b, command));
	PUT(r, LOCAL, 0);
	PUT(r, QUOTE, 1);
	PUT(r, CONCAT, 2);
	PUT(r, CONST, build_duration(b, INT64_C(30000000000)));
	PUT(r, RUN, flags);
	PUT(r, POP);
}

/* A function of captures (a string, or a string and an int) that runs a command. */
static uint32_t whole_block(struct builder *b, const char *name, enum fn_role role, bool of_fault, uint32_t flags)
{
	struct routine *r = build_fn(b, name, role, TYPE(T_NONE));
	routine_param(r, TYPE(T_STRING));
	if (of_fault) routine_param(r, TYPE(T_INT));
	routine_place(r, 7, 3);
	whole_run(b, r, "touch ", flags);
	PUT(r, RETURN);
	return b->fn;
}

static void whole_globals(struct builder *b, struct whole *w)
{
	w->lb = build_target(b, "lb", 1, 1);
	w->db = build_target(b, "db", 2, 5);
	struct image_global share = { build_string(b, "share"), GLOBAL_PARAM, TYPE(T_PERCENT), 1, IMAGE_NONE, build_const(b, T_PERCENT, 20000000),
		build_const(b, T_PERCENT, 1000000), build_const(b, T_PERCENT, 90000000) };
	w->share = assembly_add_global(b->as, share);
	struct routine *r = build_fn(b, "let victim", ROLE_INIT, TYPE(T_HOST));
	PUT(r, GLOBAL, w->db);
	PUT(r, BUILTIN, 38);
	PUT(r, RETURN);
	w->pick = b->fn;
	w->victim = build_let(b, "victim", TYPE(T_HOST), w->pick);
}

static void whole_functions(struct builder *b, struct whole *w)
{
	struct routine *r = build_fn(b, "sum", ROLE_HELPER, TYPE(T_INT));
	routine_param(r, TYPE(T_INT));
	routine_param(r, TYPE(T_INT));
	PUT(r, LOCAL, 0);
	PUT(r, LOCAL, 1);
	PUT(r, ADD);
	PUT(r, RETURN);
	w->sum = b->fn;
	r = build_fn(b, "step/on", ROLE_ON, TYPE(T_HOST));
	PUT(r, GLOBAL, w->victim);
	PUT(r, RETURN);
	w->on = b->fn;
	r = build_fn(b, "step/let", ROLE_CAPTURE, TYPE(T_NONE));
	PUT(r, CONST, build_text(b, "x"));
	PUT(r, CAPTURE, 1);
	w->captures = b->fn;
	w->induce = whole_block(b, "step/induce", ROLE_INDUCE, false, 0);
	w->verify = whole_block(b, "step/verify", ROLE_VERIFY, false, RUN_OBSERVE);
	w->restore = whole_block(b, "step/restore", ROLE_RESTORE, false, 0);
	w->superseded = whole_block(b, "step/superseded", ROLE_SUPERSEDED, false, RUN_OBSERVE);
	r = build_fn(b, "step/2 fault", ROLE_CAPTURE, TYPE(T_NONE));
	routine_param(r, TYPE(T_STRING));
	PUT(r, LOCAL, 0);
	PUT(r, CONST, build_int(b, 1));
	PUT(r, CONST, build_int(b, 2));
	PUT(r, CALL, w->sum);
	PUT(r, CAPTURE, 2);
	w->frame_captures = b->fn;
	w->fault_induce = whole_block(b, "fault/induce", ROLE_INDUCE, true, 0);
	w->fault_verify = whole_block(b, "fault/verify", ROLE_VERIFY, true, RUN_OBSERVE);
	w->fault_restore = whole_block(b, "fault/restore", ROLE_RESTORE, true, 0);
	r = build_fn(b, "precondition 1", ROLE_PRECONDITION, TYPE(T_NONE));
	PUT(r, TRUE);
	PUT(r, EXPECT, build_text(b, "true"));
	PUT(r, RETURN);
	w->precondition = b->fn;
	r = build_fn(b, "probe read", ROLE_PROBE, TYPE(T_NONE));
	PUT(r, CONST, build_text(b, "http://x/"));
	PUT(r, CONST, build_duration(b, 5));
	PUT(r, HTTP, HTTP_GET, 0);
	PUT(r, FIELD, 12);
	PUT(r, EXPECT, build_text(b, "ok"));
	PUT(r, RETURN);
	w->probe = b->fn;
	r = build_fn(b, "alarm 1", ROLE_CONDITION, TYPE(T_BOOL));
	PUT(r, CONST, build_duration(b, 0));
	PUT(r, PROBE, 0, 1, 3, 5);
	PUT(r, RETURN);
	w->alarm = b->fn;
	r = build_fn(b, "message 1", ROLE_TEXT, TYPE(T_STRING));
	PUT(r, CONST, build_text(b, "hello"));
	PUT(r, RETURN);
	w->text = b->fn;
	w->resolved = build_nothing(b, "resolved", ROLE_RESOLVED);
}

static void whole_steps(struct builder *b, struct whole *w)
{
	struct image_step s = { .name = build_string(b, "step"), .title = IMAGE_NONE, .level = 1, .on = w->on, .fanout = IMAGE_AT_MOST, .limit = 2,
		.capture = w->captures, .nsuperseded = 1, .nframes = 2, .failsafe = FAILSAFE_SAID, .silent = 5, .latest = -1 };
	assembly_add_function_ref(b->as, (struct image_function_ref){ w->superseded });
	struct image_frame own = { .fault = IMAGE_NONE, .capture = IMAGE_NONE, .verify = 1, .nverify = 1, .superseded = 2, .induce = w->induce,
		.restore = w->restore, .because = IMAGE_NONE, .nneeds = 1, .renderable = 1 };
	assembly_add_function_ref(b->as, (struct image_function_ref){ w->verify });
	assembly_add_need(b->as, (struct image_need){ IMAGE_NEED_ROOT, IMAGE_NONE });
	assembly_add_frame(b->as, own);
	struct image_frame fault = { .fault = build_string(b, "fault"), .capture = w->frame_captures, .verify = 2, .nverify = 1, .superseded = 3,
		.induce = w->fault_induce, .restore = w->fault_restore, .because = IMAGE_NONE, .needs = 1, .nneeds = 1, .retry_group = 1,
		.retry_times = 3, .retry_every = 1, .renderable = 1 };
	assembly_add_function_ref(b->as, (struct image_function_ref){ w->fault_verify });
	assembly_add_need(b->as, (struct image_need){ IMAGE_NEED_TOOL, build_string(b, "nft") });
	assembly_add_frame(b->as, fault);
	assembly_add_step(b->as, s);
}

static void whole_others(struct builder *b, struct whole *w)
{
	struct image_scenario s = { build_string(b, "Whole"), build_string(b, "A brief."), build_string(b, "beginner"), 1, 2, w->resolved, 3 };
	assembly_add_scenario(b->as, s);
	b->has_scenario = true;
	assembly_add_fact(b->as, (struct image_fact){ FACT_COMPONENT, build_string(b, "nginx") });
	assembly_add_precondition(b->as, (struct image_precondition){ IMAGE_NONE, 1, IMAGE_NONE, 0, 0, w->precondition, 7 });
	assembly_add_probe(b->as, (struct image_probe){ build_string(b, "read"), IMAGE_NONE, 1, 1, 1, IMAGE_NONE, w->probe });
	assembly_add_alarm(b->as, (struct image_alarm){ build_string(b, "slow"), 1, ALARM_ERROR, w->alarm, -1 });
	assembly_add_message(b->as, (struct image_message){ build_string(b, "support"), 1, 60, w->text });
	assembly_add_hint(b->as, (struct image_hint){ FACT_ASK, 1, build_string(b, "Why?") });
}

/* All of it, not finished yet: further functions may be added. */
static void whole_build(struct builder *b, struct whole *w)
{
	whole_globals(b, w);
	whole_functions(b, w);
	whole_steps(b, w);
	whole_others(b, w);
}

#endif
