#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "irs/shell_quote.h"
#include "machine.h"

enum builtin_index {
#define BUILTIN(id, name, signature, effect, doc) B_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};
enum field_index {
#define FIELD(id, name, base, result, lists, doc) F_##id,
#include "irs/tbl/field.def"
#undef FIELD
};

static const struct process_id postgres = { 4711, 12345, "0a0b0c0d-1111-2222-3333-444455556666" };
static struct value process_value(void) { return (struct value){ .tag = V_PROCESS, .process = (struct process_id *)&postgres }; }

/* ---- computing ---- */

/* A function without parameters that puts two constants together. */
static struct machine operated(enum opcode op, enum type_base left, int64_t a, enum type_base right, int64_t b, enum type_base result)
{
	struct builder *bd = builder_new();
	struct routine *r = build_fn(bd, "f", ROLE_HELPER, TYPE(result));
	PUT(r, CONST, build_const(bd, left, a));
	PUT(r, CONST, build_const(bd, right, b));
	routine_put(r, (struct instruction){ .op = op });
	PUT(r, RETURN);
	return machine_of(bd, bd->fn, NULL);
}

static void is_int(enum opcode op, enum type_base left, int64_t a, enum type_base right, int64_t b, enum type_base result, int64_t wanted)
{
	struct machine m = operated(op, left, a, right, b, result);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	assert_int_equal(fiber_value(m.f).i, wanted);
	assert_int_equal(value_type(fiber_value(m.f)).base, result);
	machine_free(&m);
}

static void is_error(enum opcode op, enum type_base left, int64_t a, enum type_base right, int64_t b, enum type_base result, const char *wanted)
{
	struct machine m = operated(op, left, a, right, b, result);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_string_equal(fiber_failure(m.f)->what, wanted);
	machine_free(&m);
}

static void arithmetic_is_exact_or_fails(void **state)
{
	(void)state;
	is_int(OP_ADD, T_INT, 2, T_INT, 3, T_INT, 5);
	is_int(OP_SUB, T_DURATION, 5 * NS_PER_S, T_DURATION, NS_PER_S, T_DURATION, 4 * NS_PER_S);
	is_int(OP_MUL, T_INT, 3, T_DURATION, NS_PER_S, T_DURATION, 3 * NS_PER_S);
	is_int(OP_MUL, T_PERCENT, 20 * PERCENT_ONE, T_SIZE, 1000, T_SIZE, 200);
	is_int(OP_MUL, T_SIZE, 10, T_FLOAT, float_bits(0.25), T_SIZE, 3);
	is_int(OP_DIV, T_INT, -7, T_INT, 2, T_INT, -3);
	is_int(OP_MOD, T_INT, INT64_MIN, T_INT, -1, T_INT, 0);
	is_error(OP_ADD, T_INT, INT64_MAX, T_INT, 1, T_INT, "9223372036854775807 + 1 is out of range");
	is_error(OP_MUL, T_DURATION, INT64_MAX / 2, T_INT, 3, T_DURATION, "53375d23h53m38s427ms387us903ns * 3 is out of range");
	is_error(OP_DIV, T_INT, 1, T_INT, 0, T_INT, "1 is divided by zero");
	is_error(OP_DIV, T_INT, INT64_MIN, T_INT, -1, T_INT, "-9223372036854775808 / -1 is out of range");
	is_error(OP_DIV, T_FLOAT, float_bits(1), T_FLOAT, 0, T_FLOAT, "1.0 is divided by zero");
}

static void comparisons(void **state)
{
	(void)state;
	is_int(OP_LT, T_DURATION, 1, T_DURATION, 2, T_BOOL, TRUE3);
	is_int(OP_GE, T_INT, 1, T_INT, 2, T_BOOL, FALSE3);
	is_int(OP_EQ, T_SIZE, 7, T_SIZE, 7, T_BOOL, TRUE3);
	is_int(OP_NE, T_SIZE, 7, T_SIZE, 7, T_BOOL, FALSE3);
	is_int(OP_LE, T_FLOAT, float_bits(0.5), T_FLOAT, float_bits(0.5), T_BOOL, TRUE3);
}

/* Kleene's tables, through parameters, since code can't write an unknown. */
static enum bool3 combined(enum opcode op, enum bool3 a, enum bool3 b)
{
	struct builder *bd = builder_new();
	struct routine *r = build_fn(bd, "f", ROLE_HELPER, TYPE(T_BOOL));
	uint32_t x = routine_param(r, TYPE(T_BOOL)), y = routine_param(r, TYPE(T_BOOL)), end = routine_label(r);
	PUT(r, LOCAL, x);
	routine_put(r, (struct instruction){ .op = op == OP_KAND ? OP_AND : OP_OR, .a = end });
	PUT(r, LOCAL, y);
	routine_put(r, (struct instruction){ .op = op });
	routine_bind(r, end);
	PUT(r, RETURN);
	struct value args[] = { { .tag = V_BOOL, .i = a }, { .tag = V_BOOL, .i = b } };
	struct machine m = machine_of(bd, bd->fn, args);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	enum bool3 t = (enum bool3)fiber_value(m.f).i;
	machine_free(&m);
	return t;
}

static void logic_is_kleenes(void **state)
{
	(void)state;
	const enum bool3 all[] = { FALSE3, TRUE3, UNKNOWN3 };
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++) {
			enum bool3 a = all[i], b = all[k];
			enum bool3 both = a == FALSE3 || b == FALSE3 ? FALSE3 : a == UNKNOWN3 || b == UNKNOWN3 ? UNKNOWN3 : TRUE3;
			enum bool3 either = a == TRUE3 || b == TRUE3 ? TRUE3 : a == UNKNOWN3 || b == UNKNOWN3 ? UNKNOWN3 : FALSE3;
			assert_int_equal(combined(OP_KAND, a, b), both);
			assert_int_equal(combined(OP_KOR, a, b), either);
		}
	}
}

/* ---- commands ---- */

/* induce or an observation whose only statement is `run` of a template with one hole for its parameter, `kill -STOP #{x}`. */
static struct machine commanded(enum type_base param, struct value arg, uint8_t flags, enum hole_context context)
{
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_RESULT));
	uint32_t x = routine_param(r, TYPE(param));
	PUT(r, CONST, build_text(b, "kill -STOP "));
	PUT(r, LOCAL, x);
	PUT(r, QUOTE, context);
	PUT(r, CONCAT, 2);
	PUT(r, CONST, build_duration(b, 30 * NS_PER_S));
	PUT(r, RUN, flags);
	PUT(r, RETURN);
	return machine_of(b, b->fn, &arg);
}

static void a_process_travels_as_a_guard(void **state)
{
	(void)state;
	struct machine m = commanded(T_PROCESS, process_value(), 0, HOLE_BARE_START);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_EFFECT);
	const struct effect *e = fiber_effect(m.f);
	assert_int_equal(e->kind, EFFECT_RUN);
	assert_string_equal(shown(&m, e->run.command), "kill -STOP '4711'");
	assert_int_equal(e->run.host, 1);
	assert_true(e->run.timeout == 30 * NS_PER_S);
	assert_non_null(e->run.guards);
	assert_int_equal(e->run.guards->process->start, 12345);
	assert_null(e->run.guards->next);
	struct outcome o = ran(m.b, 0, "done\n", "");
	assert_int_equal(fiber_resume(m.f, &o), FIBER_DONE);
	assert_string_equal(fiber_value(m.f).result->stdout_text->p, "done\n");
	machine_free(&m);
}

static void a_hostile_word_is_refused_before_the_world_sees_it(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct machine m = commanded(T_STRING, value_string(b->arena, STR("-c")), 0, HOLE_BARE_START);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_non_null(strstr(fiber_failure(m.f)->what, "begins with `-`"));
	machine_free(&m);
	m = commanded(T_STRING, value_string(b->arena, STR("a\0b")), 0, HOLE_RAW);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_non_null(strstr(fiber_failure(m.f)->what, "NUL"));
	machine_free(&m);
	builder_free(b);
}

static enum fiber_state ended(uint8_t flags, struct run_result result)
{
	struct machine m = commanded(T_PROCESS, process_value(), flags, HOLE_BARE_START);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_EFFECT);
	struct outcome o = { .run = result };
	enum fiber_state s = fiber_resume(m.f, &o);
	if (s != FIBER_DONE) {
		assert_int_equal(fiber_failure(m.f)->host, 1);
		assert_string_equal(fiber_failure(m.f)->command, "kill -STOP '4711'");
		assert_non_null(fiber_failure(m.f)->result);
	}
	machine_free(&m);
	return s;
}

static void what_an_exit_means(void **state)
{
	(void)state;
	const struct run_result exit0 = { .exit = 0 }, exit1 = { .exit = 1 }, exit2 = { .exit = 2 }, exit125 = { .exit = 125 }, exit126 = { .exit = 126 },
	                        exit127 = { .exit = 127 }, killed = { .exit = -1, .signal = 9 }, late = { .exit = -1, .timed_out = true },
	                        lost = { .exit = -1, .lost = true }, gone = { .exit = -1, .gone = true };
	const struct {
		struct run_result result;
		enum fiber_state act, observe, attempt, try_observe;
	} table[] = {
		{ exit0, FIBER_DONE, FIBER_DONE, FIBER_DONE, FIBER_DONE },
		{ exit1, FIBER_FALSE, FIBER_FALSE, FIBER_DONE, FIBER_DONE },
		{ exit2, FIBER_FALSE, FIBER_UNKNOWN, FIBER_DONE, FIBER_DONE },
		{ exit125, FIBER_FALSE, FIBER_UNKNOWN, FIBER_DONE, FIBER_DONE },
		{ exit126, FIBER_FALSE, FIBER_UNKNOWN, FIBER_FALSE, FIBER_UNKNOWN },
		{ exit127, FIBER_FALSE, FIBER_UNKNOWN, FIBER_FALSE, FIBER_UNKNOWN },
		{ killed, FIBER_FALSE, FIBER_UNKNOWN, FIBER_FALSE, FIBER_UNKNOWN },
		{ late, FIBER_FALSE, FIBER_UNKNOWN, FIBER_FALSE, FIBER_UNKNOWN },
		{ lost, FIBER_UNKNOWN, FIBER_UNKNOWN, FIBER_UNKNOWN, FIBER_UNKNOWN },
		{ gone, FIBER_DONE, FIBER_FALSE, FIBER_DONE, FIBER_DONE },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(ended(0, table[i].result), table[i].act);
		assert_int_equal(ended(RUN_OBSERVE, table[i].result), table[i].observe);
		assert_int_equal(ended(RUN_TRY, table[i].result), table[i].attempt);
		assert_int_equal(ended(RUN_TRY | RUN_OBSERVE, table[i].result), table[i].try_observe);
	}
}

static void a_failure_says_what_the_command_said_last(void **state)
{
	(void)state;
	struct machine m = commanded(T_PROCESS, process_value(), 0, HOLE_BARE_START);
	fiber_resume(m.f, NULL);
	struct outcome o = ran(m.b, 3, "irrelevant\n", "first\n\x1b[31mno such process\n");
	assert_int_equal(fiber_resume(m.f, &o), FIBER_FALSE);
	assert_string_equal(fiber_failure(m.f)->what, "the command failed with exit 3: \\x1b[31mno such process");
	machine_free(&m);
}

static void a_list_is_quoted_word_by_word(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_STRING));
	PUT(r, CONST, build_text(b, "a b"));
	PUT(r, CONST, build_text(b, "c'd"));
	PUT(r, LIST, 2);
	PUT(r, QUOTE, HOLE_WORDS);
	PUT(r, RETURN);
	struct machine m = machine_of(b, b->fn, NULL);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	assert_string_equal(shown(&m, fiber_value(m.f)), "'a b' 'c'\\''d'");
	machine_free(&m);
}

static void guards_survive_builtins_and_argument_vectors(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_RESULT));
	uint32_t x = routine_param(r, TYPE(T_PROCESS));
	PUT(r, CONST, build_text(b, "kill"));
	PUT(r, LOCAL, x);
	PUT(r, TEXT);
	PUT(r, BUILTIN, B_trim);
	PUT(r, LOCAL, x);
	PUT(r, TEXT);
	PUT(r, LIST, 3);
	PUT(r, HERE);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_ARGV | RUN_ON);
	PUT(r, RETURN);
	struct value arg = process_value();
	struct machine m = machine_of(b, b->fn, &arg);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_EFFECT);
	const struct effect *e = fiber_effect(m.f);
	assert_string_equal(shown(&m, e->run.command), "[kill, 4711, 4711]");
	assert_non_null(e->run.guards);
	assert_null(e->run.guards->next);
	machine_free(&m);
}

/* ---- going round ---- */

/* expect try run(…).exit == 0 within 5s */
static struct machine polled(bool hold)
{
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_VERIFY, TYPE(T_NONE));
	uint32_t head = routine_label(r), handler = routine_label(r);
	PUT(r, CONST, build_duration(b, 5 * NS_PER_S));
	PUT(r, POLL_BEGIN);
	routine_bind(r, head);
	PUT(r, CATCH, handler, CATCH_UNKNOWN);
	PUT(r, CONST, build_text(b, "pg_isready"));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_TRY | RUN_OBSERVE);
	PUT(r, FIELD, F_result_exit);
	PUT(r, CONST, build_int(b, 0));
	PUT(r, EQ);
	PUT(r, UNCATCH);
	routine_bind(r, handler);
	if (hold) PUT(r, POLL_FOR, head);
	else PUT(r, POLL_WITHIN, head);
	PUT(r, POLL_END, build_text(b, "it is ready"));
	PUT(r, RETURN);
	return machine_of(b, b->fn, NULL);
}

static enum fiber_state clock_then_run(struct machine *m, int exit)
{
	struct outcome clock = { .clock = 7 }, o = ran(m->b, exit, "", "");
	assert_int_equal(fiber_resume(m->f, NULL), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m->f)->kind, EFFECT_CLOCK);
	assert_int_equal(fiber_resume(m->f, &clock), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m->f)->kind, EFFECT_RUN);
	return fiber_resume(m->f, &o);
}

static void a_poll_asks_until_it_is_true(void **state)
{
	(void)state;
	struct machine m = polled(false);
	assert_int_equal(clock_then_run(&m, 1), FIBER_EFFECT);
	const struct effect *e = fiber_effect(m.f);
	assert_int_equal(e->kind, EFFECT_POLL);
	assert_int_equal(e->poll.began, 7);
	assert_true(e->poll.limit == 5 * NS_PER_S);
	assert_int_equal(e->poll.last, FALSE3);
	struct outcome again = { .again = true }, yes = ran(m.b, 0, "", "");
	assert_int_equal(fiber_resume(m.f, &again), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->kind, EFFECT_RUN);
	assert_int_equal(fiber_resume(m.f, &yes), FIBER_DONE);
	machine_free(&m);
}

static void a_deadline_makes_it_false(void **state)
{
	(void)state;
	struct machine m = polled(false);
	assert_int_equal(clock_then_run(&m, 1), FIBER_EFFECT);
	struct outcome over = { .again = false };
	assert_int_equal(fiber_resume(m.f, &over), FIBER_FALSE);
	assert_string_equal(fiber_failure(m.f)->what, "expected it is ready");
	machine_free(&m);
}

static void what_could_not_be_asked_stays_unknown(void **state)
{
	(void)state;
	struct machine m = polled(false);
	assert_int_equal(clock_then_run(&m, 127), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->poll.last, UNKNOWN3);
	struct outcome over = { .again = false };
	assert_int_equal(fiber_resume(m.f, &over), FIBER_UNKNOWN);
	assert_string_equal(fiber_failure(m.f)->what, "could not tell whether it is ready: the command was not found (exit 127)");
	machine_free(&m);
}

static void holding_ends_at_the_first_no(void **state)
{
	(void)state;
	struct machine m = polled(true);
	assert_int_equal(clock_then_run(&m, 0), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->kind, EFFECT_POLL);
	assert_true(fiber_effect(m.f)->poll.hold);
	struct fiber *copy = fiber_copy(m.f);
	struct outcome again = { .again = true }, over = { .again = false }, no = ran(m.b, 1, "", "");
	assert_int_equal(fiber_resume(m.f, &again), FIBER_EFFECT);
	assert_int_equal(fiber_resume(m.f, &no), FIBER_FALSE);
	assert_int_equal(fiber_resume(copy, &over), FIBER_DONE);
	fiber_free(copy);
	machine_free(&m);
}

static void a_poll_gives_its_memory_back(void **state)
{
	(void)state;
	struct machine m = polled(false);
	clock_then_run(&m, 1);
	size_t memory = fiber_memory(m.f);
	char *megabyte = arena_alloc(m.b->arena, (1 << 20) + 1);
	memset(megabyte, 'x', 1 << 20);
	struct outcome again = { .again = true }, no = ran(m.b, 1, megabyte, "");
	for (int i = 0; i < 100; i++) { /* far above the heap's limit, all together */
		assert_int_equal(fiber_resume(m.f, &again), FIBER_EFFECT);
		assert_int_equal(fiber_resume(m.f, &no), FIBER_EFFECT);
	}
	fiber_resume(m.f, &again);
	assert_true(fiber_memory(m.f) < memory + 4096);
	machine_free(&m);
}

/* retry 3 every 2s { run "x" } */
static struct machine retried(void)
{
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t head = routine_label(r), handler = routine_label(r), end = routine_label(r);
	PUT(r, CONST, build_int(b, 3));
	PUT(r, CONST, build_duration(b, 2 * NS_PER_S));
	PUT(r, RETRY_BEGIN);
	routine_bind(r, head);
	PUT(r, CATCH, handler, CATCH_ANY);
	PUT(r, CONST, build_text(b, "x"));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, 0);
	PUT(r, POP);
	PUT(r, UNCATCH);
	PUT(r, JUMP, end);
	routine_bind(r, handler);
	PUT(r, RETRY_NEXT, head);
	routine_bind(r, end);
	PUT(r, RETRY_END);
	PUT(r, RETURN);
	return machine_of(b, b->fn, NULL);
}

static void retries_wait_and_give_up_with_the_last_failure(void **state)
{
	(void)state;
	struct machine m = retried();
	struct outcome no = ran(m.b, 4, "", "not yet\n");
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_EFFECT);
	for (int attempt = 1; attempt < 3; attempt++) {
		assert_int_equal(fiber_effect(m.f)->kind, EFFECT_RUN);
		assert_int_equal(fiber_resume(m.f, &no), FIBER_EFFECT);
		assert_int_equal(fiber_effect(m.f)->kind, EFFECT_SLEEP);
		assert_true(fiber_effect(m.f)->sleep == 2 * NS_PER_S);
		assert_int_equal(fiber_resume(m.f, &no), FIBER_EFFECT);
	}
	assert_int_equal(fiber_resume(m.f, &no), FIBER_FALSE);
	assert_string_equal(fiber_failure(m.f)->what, "the command failed with exit 4: not yet");
	assert_string_equal(fiber_failure(m.f)->command, "x");
	machine_free(&m);
}

static void a_retry_that_succeeds_goes_on(void **state)
{
	(void)state;
	struct machine m = retried();
	struct outcome no = ran(m.b, 4, "", ""), yes = ran(m.b, 0, "", "");
	fiber_resume(m.f, NULL);
	fiber_resume(m.f, &no);
	assert_int_equal(fiber_resume(m.f, &no), FIBER_EFFECT);
	assert_int_equal(fiber_resume(m.f, &yes), FIBER_DONE);
	machine_free(&m);
}

/* [x * 2 for x in L if x != 2] */
static void comprehensions_filter_and_gather(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE_LIST(T_INT));
	uint32_t x = routine_local(r, TYPE(T_INT)), next = routine_label(r), end = routine_label(r);
	for (int i = 1; i <= 3; i++) PUT(r, CONST, build_int(b, i));
	PUT(r, LIST, 3);
	PUT(r, GATHER, T_INT);
	routine_bind(r, next);
	PUT(r, NEXT_GATHER, end);
	PUT(r, SET, x);
	PUT(r, LOCAL, x);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, NE);
	PUT(r, FILTER, next);
	PUT(r, LOCAL, x);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, MUL);
	PUT(r, KEEP);
	PUT(r, JUMP, next);
	routine_bind(r, end);
	PUT(r, RETURN);
	struct machine m = machine_of(b, b->fn, NULL);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	assert_string_equal(shown(&m, fiber_value(m.f)), "[2, 6]");
	machine_free(&m);
}

/* for h in [db1, db2] { run "#{h.address}" on h } */
static void a_loop_runs_its_body_for_each(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t hosts = routine_param(r, TYPE_LIST(T_HOST));
	uint32_t h = routine_local(r, TYPE(T_HOST)), next = routine_label(r), end = routine_label(r);
	PUT(r, LOCAL, hosts);
	PUT(r, EACH);
	routine_bind(r, next);
	PUT(r, NEXT, end);
	PUT(r, SET, h);
	PUT(r, LOCAL, h);
	PUT(r, FIELD, F_host_address);
	PUT(r, QUOTE, HOLE_BARE_START);
	PUT(r, LOCAL, h);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_ON);
	PUT(r, POP);
	PUT(r, JUMP, next);
	routine_bind(r, end);
	PUT(r, RETURN);
	struct value both[] = { value_host(1), value_host(2) }, arg = value_list(b->arena, TYPE(T_HOST), both, 2);
	struct machine m = machine_of(b, b->fn, &arg);
	struct outcome yes = ran(b, 0, "out", "");
	fiber_resume(m.f, NULL);
	assert_int_equal(fiber_effect(m.f)->run.host, 1);
	assert_string_equal(shown(&m, fiber_effect(m.f)->run.command), "'10.0.0.1'");
	assert_int_equal(fiber_resume(m.f, &yes), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->run.host, 2);
	assert_int_equal(fiber_resume(m.f, &yes), FIBER_DONE);
	machine_free(&m);
}

/* ---- drawing ---- */

static void pick_draws_each_only_once(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE_LIST(T_INT));
	PUT(r, CONST, build_int(b, 3));
	for (int i = 10; i <= 40; i += 10) PUT(r, CONST, build_int(b, i));
	PUT(r, LIST, 4);
	PUT(r, BUILTIN, B_pick_n);
	PUT(r, RETURN);
	struct machine m = machine_of(b, b->fn, NULL);
	struct outcome first = { .number = 3 }, second = { .number = 0 }, third = { .number = 1 };
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->random.bound, 4);
	assert_int_equal(fiber_resume(m.f, &first), FIBER_EFFECT);
	assert_int_equal(fiber_effect(m.f)->random.bound, 3);
	struct fiber *copy = fiber_copy(m.f);
	assert_int_equal(fiber_effect(copy)->random.bound, 3);
	fiber_resume(m.f, &second);
	assert_int_equal(fiber_resume(m.f, &third), FIBER_DONE);
	assert_string_equal(shown(&m, fiber_value(m.f)), "[40, 20, 10]");
	fiber_resume(copy, &third);
	assert_int_equal(fiber_resume(copy, &second), FIBER_DONE);
	assert_string_equal(shown(&m, fiber_value(copy)), "[40, 30, 20]");
	fiber_free(copy);
	machine_free(&m);
}

static void pick_of_nothing_fails(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_HOST));
	uint32_t x = routine_param(r, TYPE_LIST(T_HOST));
	PUT(r, LOCAL, x);
	PUT(r, BUILTIN, B_pick);
	PUT(r, RETURN);
	struct value none = value_list(b->arena, TYPE(T_HOST), NULL, 0);
	struct machine m = machine_of(b, b->fn, &none);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_string_equal(fiber_failure(m.f)->what, "pick: the list is empty");
	machine_free(&m);
}

/* ---- limits ---- */

static void deep_calls_end(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	build_nothing(b, "f0", ROLE_HELPER);
	for (int i = 1; i < 20; i++) {
		uint32_t below = b->fn;
		char name[16];
		snprintf(name, sizeof name, "f%d", i);
		struct routine *r = build_fn(b, name, ROLE_HELPER, TYPE(T_NONE));
		PUT(r, CALL, below);
		PUT(r, RETURN);
	}
	struct machine m = machine_of(b, 19, NULL);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	fiber_free(m.f);
	m.vm.limits.depth = 10;
	m.f = fiber_new(&m.vm, 9, NULL, 1);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	fiber_free(m.f);
	m.f = fiber_new(&m.vm, 10, NULL, 1);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_string_equal(fiber_failure(m.f)->what, "calls are nested too deeply (10)");
	machine_free(&m);
}

/* A list that is added to itself in nested loops. */
static struct machine greedy(struct builder *b)
{
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_NONE));
	uint32_t list = routine_param(r, TYPE_LIST(T_INT));
	for (int depth = 0; depth < 4; depth++) {
		uint32_t next = routine_label(r), end = routine_label(r);
		PUT(r, LOCAL, list);
		PUT(r, EACH);
		routine_bind(r, next);
		PUT(r, NEXT, end);
		PUT(r, POP);
		for (int k = 0; k < 100; k++) {
			PUT(r, LOCAL, list);
			PUT(r, LOCAL, list);
			PUT(r, ADD);
			PUT(r, POP);
		}
		PUT(r, JUMP, next);
		routine_bind(r, end);
	}
	PUT(r, RETURN);
	struct value many = { .tag = V_LIST, .of = TYPE_LIST(T_INT) };
	many.list = arena_alloc(b->arena, sizeof *many.list + 200 * sizeof(struct value));
	many.list->n = 200;
	for (size_t i = 0; i < 200; i++) many.list->at[i] = (struct value){ .tag = V_INT, .i = (int64_t)i };
	return machine_of(b, b->fn, &many);
}

static void fuel_and_heap_end_what_does_not_stop(void **state)
{
	(void)state;
	struct machine m = greedy(builder_new());
	struct vm small = m.vm;
	small.limits = (struct vm_limits){ .fuel = 5000 };
	struct value many = value_list(m.b->arena, TYPE(T_INT), (struct value[]){ { .tag = V_INT } }, 1);
	struct fiber *f = fiber_new(&small, 0, &many, 1);
	assert_int_equal(fiber_resume(f, NULL), FIBER_DONE);
	fiber_free(f);
	small.limits = (struct vm_limits){ .fuel = 100 };
	f = fiber_new(&small, 0, &many, 1);
	assert_int_equal(fiber_resume(f, NULL), FIBER_UNKNOWN);
	assert_string_equal(fiber_failure(f)->what, "a block computes for too long without doing anything");
	fiber_free(f);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE); /* 640 KiB a round, given back in each: together far above the limit */
	fiber_free(m.f);
	struct vm tight = m.vm;
	tight.limits = (struct vm_limits){ .heap = 1 << 20 };
	struct value ints[1000];
	for (size_t i = 0; i < 1000; i++) ints[i] = (struct value){ .tag = V_INT };
	many = value_list(m.b->arena, TYPE(T_INT), ints, 1000);
	m.f = fiber_new(&tight, 0, &many, 1);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_UNKNOWN);
	assert_non_null(strstr(fiber_failure(m.f)->what, "out of memory"));
	machine_free(&m);
}

/* ---- captures and calls ---- */

static void captures_are_values(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_CAPTURE, TYPE(T_NONE));
	PUT(r, HERE);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, CAPTURE, 2);
	struct machine m = machine_of(b, b->fn, NULL);
	size_t n;
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_DONE);
	const struct value *v = fiber_captures(m.f, &n);
	assert_int_equal(n, 2);
	assert_string_equal(shown(&m, v[0]), "db1");
	assert_string_equal(shown(&m, v[1]), "1s");
	machine_free(&m);
}

static void fail_says_why(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_INT));
	PUT(r, CONST, build_text(b, "no primary"));
	PUT(r, FAIL);
	uint32_t inner = b->fn;
	r = build_fn(b, "g", ROLE_HELPER, TYPE(T_INT));
	PUT(r, CALL, inner);
	PUT(r, RETURN);
	struct machine m = machine_of(b, b->fn, NULL);
	assert_int_equal(fiber_resume(m.f, NULL), FIBER_FALSE);
	assert_string_equal(fiber_failure(m.f)->what, "no primary");
	assert_int_equal(fiber_failure(m.f)->function, inner);
	machine_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic_is_exact_or_fails),
		cmocka_unit_test(comparisons),
		cmocka_unit_test(logic_is_kleenes),
		cmocka_unit_test(a_process_travels_as_a_guard),
		cmocka_unit_test(a_hostile_word_is_refused_before_the_world_sees_it),
		cmocka_unit_test(what_an_exit_means),
		cmocka_unit_test(a_failure_says_what_the_command_said_last),
		cmocka_unit_test(a_list_is_quoted_word_by_word),
		cmocka_unit_test(guards_survive_builtins_and_argument_vectors),
		cmocka_unit_test(a_poll_asks_until_it_is_true),
		cmocka_unit_test(a_deadline_makes_it_false),
		cmocka_unit_test(what_could_not_be_asked_stays_unknown),
		cmocka_unit_test(holding_ends_at_the_first_no),
		cmocka_unit_test(a_poll_gives_its_memory_back),
		cmocka_unit_test(retries_wait_and_give_up_with_the_last_failure),
		cmocka_unit_test(a_retry_that_succeeds_goes_on),
		cmocka_unit_test(comprehensions_filter_and_gather),
		cmocka_unit_test(a_loop_runs_its_body_for_each),
		cmocka_unit_test(pick_draws_each_only_once),
		cmocka_unit_test(pick_of_nothing_fails),
		cmocka_unit_test(deep_calls_end),
		cmocka_unit_test(fuel_and_heap_end_what_does_not_stop),
		cmocka_unit_test(captures_are_values),
		cmocka_unit_test(fail_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
