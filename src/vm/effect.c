/* Effects: what a stopped fiber wants, read from its stack; and what it makes of the answer. */
#include <string.h>

#include "builtin.h"
#include "fiber.h"
#include "irs/literal.h"
#include "loops.h"

enum { UNKNOWN_TIME = -1, LONGEST_TAIL = 200 };

static const uint8_t *instruction(const struct fiber *f) { return f->code + f->pc; }
static int64_t time_of(struct value v) { return v.tag != V_DURATION ? UNKNOWN_TIME : v.i < 0 ? 0 : v.i; }

/* ---- what it wants ---- */

static bool holds_nul(const struct text *t) { return memchr(t->p, 0, t->n) != NULL; }

static bool may_carry(struct fiber *f, const struct value *command)
{
	if (command->tag == V_STRING && holds_nul(command->text)) return raise_unknown(f, "a command holds a NUL byte, which no shell can carry");
	if (command->tag != V_LIST) return true;
	if (!command->list->n) return raise_unknown(f, "an empty list is no command");
	for (size_t i = 0; i < command->list->n; i++) {
		struct value v = command->list->at[i];
		if (v.tag == V_STRING && holds_nul(v.text)) return raise_unknown(f, "an argument holds a NUL byte, which no command can carry");
	}
	return true;
}

/* What must be refused before the world is asked. False: raised. */
static bool may_want(struct fiber *f)
{
	const struct effect *e = &f->effect;
	if (e->kind == EFFECT_RUN && !may_carry(f, &e->run.command)) return false;
	bool in_no_time = (e->kind == EFFECT_RUN && !e->run.timeout) || (e->kind == EFFECT_HTTP && !e->http.timeout) || (e->kind == EFFECT_TCP && !e->tcp.timeout);
	return !in_no_time || raise_unknown(f, "a time-out of nothing: it must be above 0s");
}

/* The guards of all words of an argument vector. */
static const struct guard *guards_of(struct fiber *f, struct value command)
{
	if (command.tag == V_STRING) return command.text->guards;
	struct guard *chain = NULL;
	for (size_t i = 0; command.tag == V_LIST && i < command.list->n; i++) {
		struct value v = command.list->at[i];
		if (v.tag == V_STRING) guards_join(f, &chain, v.text->guards); /* room was tried for before */
	}
	return chain;
}

static void describe_run(struct fiber *f, struct effect *e)
{
	uint8_t flags = instruction(f)[1];
	struct value *v = top(f, (unsigned)(1 + !!(flags & RUN_ON) + !!(flags & RUN_INPUT)));
	e->run.flags = flags;
	e->run.command = *v++;
	e->run.host_value = flags & RUN_ON ? *v++ : f->here;
	e->run.timeout = time_of(*v++);
	e->run.read = instruction(f)[opcode_table[OP_RUN].size] != OP_POP;
	if (flags & RUN_INPUT) e->run.input = *v;
	e->run.guards = guards_of(f, e->run.command);
	e->run.host = e->run.host_value.tag == V_HOST ? (uint32_t)e->run.host_value.i : IMAGE_NONE;
	e->certainty = surer(surer(e->run.command.certainty, e->run.host_value.certainty), e->run.input.certainty);
}

static void describe_spawn(struct fiber *f, struct effect *e)
{
	e->run.spawn = true;
	e->run.command = *top(f, 1);
	e->run.mark = *top(f, 0);
	e->run.host_value = f->here;
	e->run.host = fiber_here(f);
	e->run.timeout = 30 * NS_PER_S;
	e->run.guards = guards_of(f, e->run.command);
	e->certainty = surer(e->run.command.certainty, e->run.host_value.certainty);
}

static void describe_http(struct fiber *f, struct effect *e)
{
	const uint8_t *p = instruction(f);
	bool has_body = p[2] & 1;
	e->http.method = p[1];
	if (has_body) e->http.body = *top(f, 0);
	e->http.timeout = time_of(*top(f, has_body));
	e->http.url = *top(f, 1 + has_body);
	e->certainty = surer(e->http.url.certainty, e->http.body.certainty);
}

static void describe_poll(struct fiber *f, struct effect *e)
{
	const struct internal *p = top(f, 1)->internal;
	e->poll.hold = p->poll.hold;
	e->poll.limit = p->poll.limit;
	e->poll.began = p->poll.began;
	e->poll.last = p->poll.last;
}

static void describe_probe(struct fiber *f, struct effect *e)
{
	const uint8_t *p = instruction(f);
	e->probe.probe = operand16(p + 1);
	e->probe.healthy = p[3] == 0;
	e->probe.fails = operand16(p + 4);
	e->probe.of = operand16(p + 6);
	e->probe.hold = time_of(*top(f, 0));
}

static void describe_draw(struct fiber *f, enum builtin_id id, struct effect *e)
{
	if (id == BUILTIN_pick) {
		if (top(f, 0)->tag == V_LIST) e->random.bound = top(f, 0)->list->n;
		e->certainty = top(f, 0)->certainty;
		if (f->vm->dry) e->random.of = heap_printf(f, "one of %s", name_of(f, *top(f, 0)));
	} else if (id == BUILTIN_pick_n && top(f, 1)->tag != V_INTERNAL) {
		e->certainty = top(f, 0)->certainty;
		e->random.of = heap_printf(f, "%s of %s", name_of(f, *top(f, 1)), name_of(f, *top(f, 0)));
	} else if (id == BUILTIN_pick_n) {
		const struct internal *d = top(f, 1)->internal;
		e->random.bound = d->draw.from->n - d->draw.drawn;
		e->certainty = top(f, 0)->certainty;
		if (f->vm->dry) e->random.of = heap_printf(f, "%zu of %s", d->draw.wanted, name_of(f, *top(f, 0)));
	}
}

static const char *text_constant(struct fiber *f)
{
	const struct image *img = f->vm->image;
	struct str s = img->string[img->constant[operand32(instruction(f) + 1)].bits];
	const char *text = heap_printf(f, "%.*s", STR_ARG(s));
	return text ? text : "";
}

static void describe_expectation(struct fiber *f, struct effect *e)
{
	struct value v = *top(f, 0);
	e->note.kind = NOTE_EXPECT;
	e->note.limit = UNKNOWN_TIME;
	e->note.truth = truth(v);
	e->certainty = v.certainty;
	e->note.text = text_constant(f);
	if (v.tag != V_INTERNAL) return;
	const struct internal *p = v.internal;
	e->note.truth = p->poll.last;
	e->note.hold = p->poll.hold;
	e->note.limit = p->poll.limit;
	e->certainty = p->poll.certainty;
}

static void describe_note(struct fiber *f, enum opcode op, struct effect *e)
{
	if (op == OP_EXPECT || op == OP_POLL_END) {
		describe_expectation(f, e);
	} else if (op == OP_RETRY_BEGIN) {
		e->note.kind = NOTE_RETRY;
		e->note.limit = time_of(*top(f, 0));
		e->note.times = top(f, 1)->tag == V_INT ? top(f, 1)->i : 0;
	} else {
		e->note.kind = NOTE_EACH;
		e->note.text = top(f, 0)->text->p;
		e->certainty = top(f, 0)->certainty;
	}
}

void describe_effect(struct fiber *f)
{
	enum effect_kind kind = f->effect.kind;
	enum opcode op = (enum opcode)*instruction(f);
	struct effect *e = &f->effect;
	*e = (struct effect){ .kind = kind, .function = f->calls[f->depth - 1].function, .pc = f->pc, .calls = f->depth - 1 };
	if (kind == EFFECT_NOTE) {
		describe_note(f, op, e);
		return;
	}
	switch (op) {
	case OP_RUN: describe_run(f, e); break;
	case OP_SPAWN: describe_spawn(f, e); break;
	case OP_HTTP: describe_http(f, e); break;
	case OP_TCP:
		e->tcp.address = *top(f, 1);
		e->tcp.timeout = time_of(*top(f, 0));
		e->certainty = e->tcp.address.certainty;
		break;
	case OP_SLEEP:
		e->sleep = time_of(*top(f, 0));
		e->certainty = top(f, 0)->certainty;
		break;
	case OP_RETRY_NEXT: e->sleep = ((struct internal *)top(f, 1)->internal)->retry.every; break;
	case OP_LOG:
		e->log = *top(f, 0);
		e->certainty = e->log.certainty;
		break;
	case OP_POLL_WITHIN: case OP_POLL_FOR: describe_poll(f, e); break;
	case OP_PROBE: describe_probe(f, e); break;
	case OP_BUILTIN: describe_draw(f, (enum builtin_id)instruction(f)[1], e); break;
	default: break;
	}
}

void want(struct fiber *f, enum effect_kind kind)
{
	f->effect.kind = kind;
	describe_effect(f);
	if (may_want(f)) f->state = FIBER_EFFECT;
}

/* ---- what it makes of the answer ---- */

static void go_on(struct fiber *f) { f->pc += opcode_table[*instruction(f)].size; }

static struct text *or_nothing(struct fiber *f, const struct text *t)
{
	return t ? text_of(f, text_str(t)) : text_new(f, 0);
}

static struct run_result *take_result(struct fiber *f, const struct run_result *from)
{
	struct run_result *r = heap_alloc(f, sizeof *r);
	if (!r) return NULL;
	*r = *from;
	r->stdout_text = or_nothing(f, from->stdout_text);
	r->stderr_text = or_nothing(f, from->stderr_text);
	return r->stdout_text && r->stderr_text ? r : NULL;
}

/* The last line that it said, for the error's one line. */
static struct str last_line(const struct text *t)
{
	struct str s = str_trim(text_str(t));
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == '\n') return (struct str){ s.p + i + 1, s.n - i - 1 };
	return s;
}

static void put_tail(struct buf *b, const struct run_result *r)
{
	struct str s = last_line(r->stderr_text->n ? r->stderr_text : r->stdout_text);
	if (!s.n) return;
	buf_puts(b, ": ");
	buf_safe(b, (struct str){ s.p, s.n > LONGEST_TAIL ? LONGEST_TAIL : s.n });
}

static void put_end(struct buf *b, const struct run_result *r, int64_t timeout)
{
	if (r->gone) buf_puts(b, "it was not run: the process that it names is gone");
	else if (r->lost) buf_puts(b, "the host was lost under the command");
	else if (r->timed_out) {
		buf_puts(b, "the command was ended after its time-out of ");
		literal_put_duration(b, timeout);
	} else if (r->signal) buf_printf(b, "the command was ended by signal %d", r->signal);
	else if (r->exit == 127) buf_puts(b, "the command was not found (exit 127)");
	else if (r->exit == 126) buf_puts(b, "the command can't be executed (exit 126)");
	else buf_printf(b, "the command failed with exit %d", r->exit);
	put_tail(b, r);
}

static const char *shown_command(struct fiber *f, struct value command)
{
	struct buf b = { 0 };
	if (command.tag == V_STRING) buf_str(&b, text_str(command.text));
	for (size_t i = 0; command.tag == V_LIST && i < command.list->n; i++) {
		if (i) buf_putc(&b, ' ');
		if (command.list->at[i].tag == V_STRING) buf_shell_quoted(&b, text_str(command.list->at[i].text));
	}
	const char *s = heap_printf(f, "%s", b.p ? b.p : "");
	buf_free(&b);
	return s;
}

static bool run_failed(struct fiber *f, const struct run_result *r, bool is_unknown)
{
	const struct effect e = f->effect;
	struct buf b = { 0 };
	put_end(&b, r, e.run.timeout);
	struct failure failure = { .what = heap_printf(f, "%s", b.p), .function = e.function, .pc = e.pc, .host = e.run.host,
		                   .command = shown_command(f, e.run.command), .result = r };
	buf_free(&b);
	return failure.what ? raise_failure(f, &failure, is_unknown) : raise_heap(f);
}

enum verdict { RUN_HOLDS, RUN_IS_FALSE, RUN_IS_UNKNOWN };

/*
 * What a command's end means. In an observation only exit 1 is "no"; what could not be asked is unknown. A process that is gone is an answer:
 * nothing is done to it, which is as good as done, and what is asked of it is not so.
 */
static enum verdict judge(const struct run_result *r, unsigned flags)
{
	bool observes = flags & RUN_OBSERVE, tries = flags & RUN_TRY;
	if (r->lost) return RUN_IS_UNKNOWN;
	if (r->gone) return tries || !observes ? RUN_HOLDS : RUN_IS_FALSE;
	bool has_exit = !r->timed_out && !r->signal && r->exit >= 0;
	if (has_exit && (tries ? r->exit <= 125 : r->exit == 0)) return RUN_HOLDS;
	if (!observes) return RUN_IS_FALSE;
	return has_exit && r->exit == 1 ? RUN_IS_FALSE : RUN_IS_UNKNOWN;
}

static bool answer_run(struct fiber *f, const struct outcome *o, struct value *out)
{
	const struct effect *e = &f->effect;
	if (o->unknown) return unknown(f, TYPE(T_RESULT), (uint8_t)o->certainty, out, "%s", o->unknown);
	struct run_result *r = take_result(f, &o->run);
	if (!r) return raise_heap(f);
	enum verdict v = judge(r, e->run.flags);
	if (v != RUN_HOLDS) return run_failed(f, r, v == RUN_IS_UNKNOWN);
	*out = (struct value){ .tag = V_RESULT, .certainty = HOSTLY, .result = r };
	return true;
}

static bool answer_http(struct fiber *f, const struct outcome *o, struct value *out)
{
	if (o->unknown) return unknown(f, TYPE(T_RESPONSE), (uint8_t)o->certainty, out, "%s", o->unknown);
	struct http_response *r = heap_alloc(f, sizeof *r);
	if (!r) return raise_heap(f);
	*r = o->http;
	r->why[sizeof r->why - 1] = 0;
	r->body = or_nothing(f, o->http.body);
	if (!r->body) return raise_heap(f);
	*out = (struct value){ .tag = V_RESPONSE, .certainty = HOSTLY, .response = r };
	return true;
}

static bool answer_bool(struct fiber *f, const struct outcome *o, struct value *out)
{
	if (o->unknown) return unknown(f, TYPE(T_BOOL), (uint8_t)o->certainty, out, "%s", o->unknown);
	*out = of_bool(o->yes, HOSTLY);
	return true;
}

static bool begin_poll(struct fiber *f, const struct outcome *o)
{
	struct internal *p = internal_new(f, INTERNAL_POLL);
	if (!p) return raise_heap(f);
	p->poll.limit = time_of(pop(f));
	p->poll.began = o->clock;
	p->poll.last = UNKNOWN3;
	push(f, (struct value){ .tag = V_INTERNAL, .internal = p });
	return true;
}

static void answer_poll(struct fiber *f, const struct outcome *o)
{
	drop(f, 1);
	struct internal *p = top(f, 0)->internal;
	if (!o->again) {
		go_on(f);
		return;
	}
	p->poll.why = NULL;
	next_round(f, p);
	f->pc = operand32(instruction(f) + 1);
}

static bool answer_mark(struct fiber *f, const struct outcome *o, struct value *out)
{
	if (o->unknown) return unknown(f, TYPE(T_STRING), (uint8_t)o->certainty, out, "%s", o->unknown);
	return text_derived(f, o->mark, NULL, 0, out);
}

static bool answer_pick(struct fiber *f, const struct outcome *o, struct value *out)
{
	struct value list = *top(f, 0);
	if (o->unknown || list.tag == V_UNKNOWN)
		return unknown(f, type_element(list.of), surer(list.certainty, (uint8_t)o->certainty), out, "one of %s", name_of(f, list));
	*out = list.list->at[o->number % list.list->n];
	out->certainty = surer(out->certainty, (uint8_t)o->certainty);
	return true;
}

/* One more drawn: the chosen element changes places with the first that is left. */
static void take_drawn(struct internal *d, uint64_t number)
{
	struct value_list *from = d->draw.from;
	size_t at = d->draw.drawn + number % (from->n - d->draw.drawn);
	struct value chosen = from->at[at];
	from->at[at] = from->at[d->draw.drawn];
	from->at[d->draw.drawn++] = chosen;
}

static bool answer_pick_n(struct fiber *f, const struct outcome *o, struct value *out)
{
	struct internal *d = top(f, 1)->tag == V_INTERNAL ? top(f, 1)->internal : NULL;
	struct value list = *top(f, 0);
	if (o->unknown || !d) return unknown(f, list.of, surer(list.certainty, (uint8_t)o->certainty), out, "some of %s", name_of(f, list));
	take_drawn(d, o->number);
	if (d->draw.drawn < d->draw.wanted) {
		want(f, EFFECT_RANDOM);
		return false;
	}
	d->draw.from->n = d->draw.wanted;
	*out = (struct value){ .tag = V_LIST, .of = list.of, .certainty = surer(list.certainty, (uint8_t)o->certainty), .list = d->draw.from };
	return true;
}

bool builtin_pick(struct fiber *f, const struct value *args, struct value *out)
{
	(void)out;
	if (args[0].tag == V_LIST && !args[0].list->n) return raise_unknown(f, "pick: the list is empty");
	want(f, EFFECT_RANDOM);
	return false;
}

static bool begin_draw(struct fiber *f, int64_t wanted, struct value list)
{
	struct internal *d = internal_new(f, INTERNAL_DRAW);
	if (d) d->draw.from = heap_alloc(f, sizeof *list.list + list.list->n * sizeof(struct value));
	if (!d || !d->draw.from) return raise_heap(f);
	memcpy(d->draw.from, list.list, sizeof *list.list + list.list->n * sizeof(struct value));
	d->draw.wanted = (size_t)wanted;
	*top(f, 1) = (struct value){ .tag = V_INTERNAL, .internal = d };
	want(f, EFFECT_RANDOM);
	return false;
}

bool builtin_pick_n(struct fiber *f, const struct value *args, struct value *out)
{
	struct value n = args[0], list = args[1];
	if (n.tag == V_UNKNOWN || list.tag == V_UNKNOWN) {
		want(f, EFFECT_RANDOM);
		return false;
	}
	if (n.i < 0) return raise_unknown(f, "pick: %lld is no number of elements", (long long)n.i);
	if ((uint64_t)n.i > list.list->n) return raise_unknown(f, "pick: %lld of only %zu elements", (long long)n.i, list.list->n);
	if (n.i > 0) return begin_draw(f, n.i, list);
	*out = (struct value){ .tag = V_LIST, .of = list.of, .list = heap_alloc(f, sizeof *list.list) };
	return out->list || raise_heap(f);
}

bool builtin_mark(struct fiber *f, const struct value *args, struct value *out)
{
	(void)args, (void)out;
	want(f, EFFECT_MARK);
	return false;
}

static bool answer_builtin(struct fiber *f, const struct outcome *o, struct value *out)
{
	switch ((enum builtin_id)instruction(f)[1]) {
	case BUILTIN_pick: return answer_pick(f, o, out);
	case BUILTIN_pick_n: return answer_pick_n(f, o, out);
	default: return answer_mark(f, o, out);
	}
}

static void replace(struct fiber *f, unsigned operands, struct value v)
{
	drop(f, operands);
	push(f, v);
	go_on(f);
}

void answer_effect(struct fiber *f, const struct outcome *o)
{
	const uint8_t *p = instruction(f);
	struct value v;
	if (f->effect.kind == EFFECT_NOTE) {
		f->note_taken = true;
		return;
	}
	switch ((enum opcode)*p) {
	case OP_RUN:
		if (answer_run(f, o, &v)) replace(f, 2 + !!(p[1] & RUN_ON) + !!(p[1] & RUN_INPUT), v);
		return;
	case OP_SPAWN:
		if (!answer_run(f, o, &v)) return;
		drop(f, 2);
		go_on(f);
		return;
	case OP_HTTP:
		if (answer_http(f, o, &v)) replace(f, 2 + (p[2] & 1), v);
		return;
	case OP_TCP:
		if (answer_bool(f, o, &v)) replace(f, 2, v);
		return;
	case OP_PROBE:
		if (answer_bool(f, o, &v)) replace(f, 1, v);
		return;
	case OP_BUILTIN:
		if (answer_builtin(f, o, &v)) replace(f, builtin_arity((enum builtin_id)p[1]), v);
		return;
	case OP_POLL_BEGIN:
		if (begin_poll(f, o)) go_on(f);
		return;
	case OP_POLL_WITHIN: case OP_POLL_FOR: answer_poll(f, o); return;
	case OP_RETRY_NEXT: again(f, operand32(p + 1)); return;
	default: /* SLEEP, LOG */
		drop(f, 1);
		go_on(f);
		return;
	}
}
