#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "irs/world.h"

enum { MOST = 8 };

/* A journal's lines, and who asks: several requests of items "x" and "y" at function 1, pc 2. */
struct rig {
	struct arena *a;
	struct recorded line[MOST];
	struct recording recording;
	struct world *w;
	struct effect effect;
	struct request request[MOST];
	struct run_result result[MOST];
	char said[MOST][64];
	unsigned answered;
};

static const struct vm_host host[] = { { STR("runner"), STR("r") }, { STR("a"), STR("a") }, { STR("b"), STR("b") } };
static const struct vm_hosts hosts = { 3, host };

static int setup(void **state)
{
	struct arena *a = arena_new(0);
	struct rig *r = arena_new_of(a, struct rig);
	r->a = a;
	r->effect = (struct effect){ .kind = EFFECT_RUN, .function = 1, .pc = 2 };
	r->recording.at = r->line;
	r->w = world_replay_new(a, &hosts, &r->recording);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	world_replay_free(r->w);
	for (size_t i = 0; i < r->recording.n; i++) json_decref(r->line[i].line);
	arena_free(r->a);
	return 0;
}

static void line(struct rig *r, enum event ev, const char *text)
{
	json_t *j = json_loads(text, 0, NULL);
	assert_non_null(j);
	r->line[r->recording.n++] = (struct recorded){ .ev = ev, .line = j };
}

static void answered(struct request *q, const struct outcome *o)
{
	struct rig *r = q->owner;
	size_t i = (size_t)(q - r->request);
	r->answered |= 1u << i;
	r->result[i] = o->run;
	if (o->run.stdout_text) snprintf(r->said[i], sizeof r->said[i], "%s", o->run.stdout_text->p);
}

static void asks(struct rig *r, size_t i, const char *item, uint32_t where)
{
	r->request[i] = (struct request){ .effect = &r->effect, .host = where, .item = item, .done = answered, .owner = r };
	r->w->ops->perform(r->w, &r->request[i]);
}

static void whoever_asked_is_answered(void **state)
{
	struct rig *r = *state;
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"b\",\"function\":1,\"pc\":2,\"exit\":0,\"elapsed\":7,\"stdout\":\"of b\"}");
	line(r, EV_run, "{\"item\":\"y\",\"host\":\"a\",\"function\":1,\"pc\":2,\"signal\":9,\"elapsed\":1}");
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":2,\"exit\":3,\"elapsed\":1}");
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":3,\"exit\":0,\"elapsed\":1}");
	asks(r, 0, "x", 1);
	asks(r, 1, "x", 2);
	assert_int_equal(r->answered, 0);
	assert_true(world_replay_answer(r->w, 0));
	assert_int_equal(r->answered, 1u << 1);
	assert_int_equal(r->result[1].elapsed, 7);
	assert_string_equal(r->said[1], "of b");
	assert_false(world_replay_answer(r->w, 1)); /* of another item */
	assert_false(world_replay_answer(r->w, 3)); /* at another place */
	assert_true(world_replay_answer(r->w, 2));
	assert_int_equal(r->result[0].exit, 3);
	assert_false(world_replay_answer(r->w, 2)); /* nobody asks any more */
	asks(r, 2, "y", 1);
	assert_true(world_replay_answer(r->w, 1));
	assert_int_equal(r->result[2].exit, -1);
	assert_int_equal(r->result[2].signal, 9);
}

static void what_is_cut_is_said(void **state)
{
	struct rig *r = *state;
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":2,\"exit\":0,\"stdout\":\"end\",\"stdout_bytes\":100000}");
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":2,\"exit\":0,\"stdout\":\"end\",\"stdout_bytes\":100000}");
	asks(r, 0, "x", 1);
	assert_true(world_replay_answer(r->w, 0));
	assert_false(r->line[0].cut); /* nobody looks at it */
	r->effect.run.read = true;
	asks(r, 1, "x", 1);
	assert_true(world_replay_answer(r->w, 1));
	assert_true(r->line[1].cut);
}

static void only_what_never_came_is_lost(void **state)
{
	struct rig *r = *state;
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":2,\"exit\":0,\"elapsed\":1}");
	asks(r, 0, "x", 1);
	asks(r, 1, "y", 1);
	assert_false(world_replay_lose(r->w)); /* both may still be answered */
	r->w->ops->cancel(r->w, &r->request[0]);
	r->w->ops->cancel(r->w, &r->request[1]);
	assert_true(world_replay_lose(r->w));
	assert_int_equal(r->answered, 1u << 1);
	assert_true(r->result[1].lost);
	assert_false(world_replay_lose(r->w));
	assert_true(world_replay_answer(r->w, 0));
	assert_false(r->result[0].lost);
}

static void the_time_is_over_when_it_was(void **state)
{
	struct rig *r = *state;
	line(r, EV_run, "{\"item\":\"x\",\"host\":\"a\",\"function\":1,\"pc\":2,\"exit\":1,\"elapsed\":1}");
	line(r, EV_check, "{\"item\":\"y\",\"host\":\"a\",\"verdict\":\"false\"}");
	line(r, EV_deadline, "{\"item\":\"x\",\"host\":\"a\"}");
	asks(r, 0, "x", 1);
	assert_false(r->w->ops->over(r->w, "x", 1, 0)); /* something comes first */
	assert_true(world_replay_answer(r->w, 0));
	assert_false(r->w->ops->over(r->w, "y", 1, 0));
	assert_false(r->w->ops->over(r->w, "x", 2, 0));
	assert_true(r->w->ops->over(r->w, "x", 1, INT64_MAX));
	assert_false(r->w->ops->over(r->w, "x", 1, 0)); /* it came once */
	world_replay_end(r->w);
	assert_true(r->w->ops->over(r->w, "x", 1, INT64_MAX));
}

static void tokens_are_those_of_then(void **state)
{
	struct rig *r = *state;
	char token[WORLD_TOKEN];
	line(r, EV_mark, "{\"item\":\"x\",\"host\":\"a\",\"token\":\"k0000000000000001\"}");
	line(r, EV_mark, "{\"item\":\"x\",\"host\":\"b\",\"token\":\"k0000000000000002\"}");
	line(r, EV_mark, "{\"item\":\"x\",\"host\":\"b\",\"token\":\"a token that is too long to be one\"}");
	r->w->ops->token(r->w, "x", 2, token);
	assert_string_equal(token, "k0000000000000002");
	r->w->ops->token(r->w, "x", 1, token);
	assert_string_equal(token, "k0000000000000001");
	r->w->ops->token(r->w, "x", 2, token);
	assert_int_equal(strlen(token), WORLD_TOKEN - 1);
}

static void heard(void *owner, uint32_t where, const struct err *e)
{
	struct rig *r = owner;
	snprintf(r->said[where], sizeof r->said[where], "%.60s", e->what);
	r->answered |= 1u << where;
}

static void opened(void *owner, uint32_t where, const struct host_facts *f, const struct err *e)
{
	struct rig *r = owner;
	snprintf(r->said[where], sizeof r->said[where], "%.20s %d %.30s", f ? f->boot : "", f ? f->root : 0, e->what);
}

static void hosts_say_what_they_said(void **state)
{
	struct rig *r = *state;
	line(r, EV_opened, "{\"host\":\"a\",\"boot\":\"b00t\",\"machine\":\"m\",\"root\":true}");
	line(r, EV_unable, "{\"host\":\"b\",\"to\":\"reach\",\"why\":\"it is gone\"}");
	line(r, EV_armed, "{\"host\":\"b\",\"silent\":1,\"latest\":-1}");
	r->w->ops->open(r->w, 1, opened, r);
	r->w->ops->reach(r->w, 2, heard, r);
	assert_false(world_replay_answer(r->w, 2));
	assert_true(world_replay_answer(r->w, 0));
	assert_string_equal(r->said[1], "b00t 1 ");
	assert_true(world_replay_answer(r->w, 1));
	assert_string_equal(r->said[2], "it is gone");
	r->w->ops->leash_add(r->w, 2, STR("script"), &(struct leash_terms){ 1, -1 }, heard, r);
	assert_true(world_replay_answer(r->w, 2));
	assert_string_equal(r->said[2], "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whoever_asked_is_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_cut_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(only_what_never_came_is_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(the_time_is_over_when_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(tokens_are_those_of_then, setup, teardown),
		cmocka_unit_test_setup_teardown(hosts_say_what_they_said, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
