#include "driver.h"

#include <stdlib.h>

#include "chance.h"
#include "effect_note.h"
#include "irs/literal.h"

enum { FIRST_POLL_NS = 100 * 1000 * 1000, LONGEST_POLL_NS = 1000 * 1000 * 1000 };

struct task {
	struct driver *d;
	struct task *next, **link;
	struct task_options o;
	struct fiber *fiber;   /* NULL: a command, or a wait */
	struct effect command;
	int64_t wait;          /* ns; -1: none */
	struct request request;
	struct loop_timer *timer;
	bool asking;           /* the world has an effect of ours */
	struct outcome outcome;
	char token[WORLD_TOKEN];
	struct task_end end;
};

const struct task_end *task_end(const struct task *t)
{
	return &t->end;
}

enum bool3 task_verdict(const struct task *t)
{
	const struct task_end *e = &t->end;
	if (e->state == FIBER_FALSE) return FALSE3;
	if (e->state != FIBER_DONE) return UNKNOWN3;
	return e->value.tag == V_BOOL ? (enum bool3)e->value.i : TRUE3;
}

static void task_finish(struct task *t, enum fiber_state state)
{
	t->end.state = state;
	if (t->fiber && !t->end.cancelled) {
		t->end.value = fiber_value(t->fiber);
		t->end.captures = fiber_captures(t->fiber, &t->end.ncaptures);
		t->end.failure = state == FIBER_DONE ? NULL : fiber_failure(t->fiber);
	}
	*t->link = t->next;
	if (t->next) t->next->link = t->link;
	t->o.done(t->o.owner, t);
	fiber_free(t->fiber);
	free(t);
}

static void task_turn(struct task *t, const struct outcome *o);

/* Where its effects happen: what it runs on another host says so in its request. */
static struct effect_context context_of(const struct task *t)
{
	return (struct effect_context){ t->d->vm.hosts, t->o.item, t->asking ? t->request.host : t->o.host };
}

/* ---- what the session answers itself --------------------------------------------------------------- */

static void woken(void *ctx)
{
	struct task *t = ctx;
	t->timer = NULL;
	if (t->end.cancelled) task_finish(t, FIBER_UNKNOWN);
	else if (t->fiber) task_turn(t, &t->outcome);
	else task_finish(t, FIBER_DONE);
}

static void wake_after(struct task *t, int64_t ns)
{
	t->timer = loop_after(t->d->loop, ns, woken, t);
}

/* Short at first, as most things happen soon; longer as time goes on; and once at the deadline itself. */
static int64_t poll_pause(int64_t gone, int64_t left)
{
	int64_t pause = gone / 4;
	if (pause < FIRST_POLL_NS) pause = FIRST_POLL_NS;
	if (pause > LONGEST_POLL_NS) pause = LONGEST_POLL_NS;
	return left > 0 && left < pause ? left : pause;
}

/* True if answered at once. */
static bool answer_poll(struct task *t, const struct effect *e)
{
	int64_t gone = loop_now(t->d->loop) - e->poll.began, left = e->poll.limit - gone;
	if (e->poll.limit > t->end.poll_limit) t->end.poll_limit = e->poll.limit;
	t->outcome.again = !t->o.once && !driver_time_over(t->d, t->o.item, t->o.host, e->poll.began + e->poll.limit);
	if (!t->outcome.again) return true;
	wake_after(t, poll_pause(gone, left));
	return false;
}

static bool answer_draw(struct task *t, const struct effect *e)
{
	struct driver *d = t->d;
	struct draw w = { d->seed, t->o.host, e->function, e->pc, 0 };
	const char *place = arena_printf(d->a, "%u %u %u", w.host, w.function, w.pc);
	uint32_t *count = map_get(&d->draws, str_of(place));
	if (!count) map_put(d->a, &d->draws, str_of(place), count = arena_new_of(d->a, uint32_t));
	w.count = (*count)++;
	t->outcome.number = chance_draw(&w, e->random.bound ? e->random.bound : 1);
	struct effect_context c = context_of(t);
	note_draw(d->journal, &c, e, t->outcome.number);
	return true;
}

static bool answer_mark(struct task *t, const struct effect *e)
{
	struct world *w = t->d->world;
	struct effect_context c = context_of(t);
	w->ops->token(w, t->o.item, t->o.host, t->token);
	t->outcome.mark = str_of(t->token);
	note_mark(t->d->journal, &c, e, t->token);
	return true;
}

/* ---- what the world is asked ------------------------------------------------------------------------ */

static void answered(struct request *r, const struct outcome *o)
{
	struct task *t = r->owner;
	struct effect_context c = context_of(t);
	t->asking = false;
	note_effect(t->d->journal, &c, r->effect, o);
	t->end.result = t->fiber ? NULL : &o->run;
	if (t->end.cancelled) task_finish(t, FIBER_UNKNOWN);
	else if (!t->fiber) task_finish(t, o->run.exit == 0 ? FIBER_DONE : o->run.exit > 0 ? FIBER_FALSE : FIBER_UNKNOWN);
	else task_turn(t, o);
}

static bool ask_world(struct task *t, const struct effect *e)
{
	uint32_t host = e->kind == EFFECT_RUN ? e->run.host : t->o.host;
	t->request = (struct request){ .effect = e, .host = host, .lane = t->o.lane, .item = t->o.item, .done = answered, .owner = t };
	t->asking = true;
	t->d->world->ops->perform(t->d->world, &t->request);
	return false;
}

/* True if it is answered in t->outcome; false if the answer comes later, or has come and the task may be gone. */
static bool answer(struct task *t, const struct effect *e)
{
	t->outcome = (struct outcome){ 0 };
	switch (e->kind) {
	case EFFECT_CLOCK: t->outcome.clock = loop_now(t->d->loop); return true;
	case EFFECT_POLL: return answer_poll(t, e);
	case EFFECT_SLEEP: wake_after(t, e->sleep); return false;
	case EFFECT_RANDOM: return answer_draw(t, e);
	case EFFECT_MARK: return answer_mark(t, e);
	case EFFECT_LOG: {
		struct effect_context c = context_of(t);
		note_log(t->d->journal, &c, e);
		return true;
	}
	case EFFECT_PROBE: t->outcome.yes = UNKNOWN3; return true; /* nothing samples probes yet */
	case EFFECT_NOTE: return true;
	default: return ask_world(t, e);
	}
}

static void task_turn(struct task *t, const struct outcome *o)
{
	for (;;) {
		enum fiber_state s = fiber_resume(t->fiber, o);
		if (s != FIBER_EFFECT) {
			task_finish(t, s);
			return;
		}
		if (!answer(t, fiber_effect(t->fiber))) return;
		o = &t->outcome;
	}
}

bool driver_time_over(struct driver *d, const char *item, uint32_t host, int64_t deadline)
{
	if (!d->world->ops->over(d->world, item, host, deadline)) return false;
	journal_add(d->journal, EV_deadline, json_pack("{s:s?,s:o}", "item", item, "host", host_json(d->vm.hosts, host)));
	return true;
}

/* ---- tasks -------------------------------------------------------------------------------------------- */

static void begin(void *ctx)
{
	struct task *t = ctx;
	t->timer = NULL;
	if (t->d->stopping && !t->o.undoing) t->end.cancelled = true;
	if (t->end.cancelled) task_finish(t, FIBER_UNKNOWN);
	else if (t->fiber) task_turn(t, NULL);
	else if (t->wait >= 0) wake_after(t, t->wait);
	else ask_world(t, &t->command);
}

static struct task *task_new(struct driver *d, const struct task_options *o)
{
	struct task *t = calloc(1, sizeof *t);
	if (!t) abort();
	t->d = d;
	t->o = *o;
	t->wait = -1;
	t->request.host = o->host;
	t->next = d->tasks;
	t->link = &d->tasks;
	if (t->next) t->next->link = &t->next;
	d->tasks = t;
	t->timer = loop_after(d->loop, 0, begin, t);
	return t;
}

struct task *task_start(struct driver *d, const struct task_options *o)
{
	struct task *t = task_new(d, o);
	t->fiber = fiber_new(&d->vm, o->fn, o->args, o->host);
	return t;
}

struct task *task_run(struct driver *d, const struct task_options *o, struct value command, int64_t timeout)
{
	struct task *t = task_new(d, o);
	t->command = (struct effect){ .kind = EFFECT_RUN, .function = IMAGE_NONE };
	t->command.run.host = o->host;
	t->command.run.command = command;
	t->command.run.timeout = timeout;
	t->command.run.flags = command.tag == V_LIST ? RUN_ARGV : 0;
	return t;
}

struct task *task_wait(struct driver *d, const struct task_options *o, int64_t ns)
{
	struct task *t = task_new(d, o);
	t->wait = ns;
	return t;
}

void task_cancel(struct task *t)
{
	if (t->end.cancelled) return;
	t->end.cancelled = true;
	if (t->asking) {
		t->d->world->ops->cancel(t->d->world, &t->request);
		return;
	}
	loop_timer_stop(t->timer);
	wake_after(t, 0);
}

/* From the start again after each: a world that answers at once takes tasks out of the list. */
void driver_cancel(struct driver *d)
{
	struct task *t = d->tasks;
	d->stopping = true;
	while (t) {
		if (t->o.undoing || t->end.cancelled) {
			t = t->next;
		} else {
			task_cancel(t);
			t = d->tasks;
		}
	}
}
