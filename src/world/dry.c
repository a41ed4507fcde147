#include "irs/world.h"

#include <string.h>

#include "irs/literal.h"

enum { MOST_LINES = 100000, MOST_FORKS = 20000, DEEPEST_FORK = 200 };

struct dry {
	struct arena *a;
	const struct vm *vm;
	uint32_t here;
	struct dry_run *run;
	uint8_t doubt;          /* certainty of the conditions so far */
	unsigned depth;         /* unknown branches around */
	unsigned nesting, forks;
	uint32_t fn;            /* the block itself */
	const char *too_much;   /* a limit was reached */
	struct failure failure; /* of the way that ended last */
	enum fiber_state end;
};

/* Where the ways that a fiber went have come to. At most one stands at the join, at most one has left the call; NULL: none did. */
struct ways {
	struct fiber *at, *left;
};

/* ---- lines ---- */

static const char *copied(struct dry *d, const struct buf *b) { return arena_strndup(d->a, b->p ? b->p : "", b->n); }

static const char *shown(struct dry *d, struct value v)
{
	struct buf b = { 0 };
	value_put(&b, v, d->vm->hosts);
	const char *s = copied(d, &b);
	buf_free(&b);
	return s;
}

static struct plan_line *add_line(struct dry *d, enum plan_line_kind kind, unsigned depth, const char *text)
{
	struct plan_line line = { .kind = kind, .text = text, .depth = depth, .limit = -1, .certainty = certainty_text(CERTAIN) };
	if (d->run->block.lines.n >= MOST_LINES) d->too_much = "it does too much to be shown";
	else vec_push(d->a, &d->run->block.lines, line);
	return &vec_last(&d->run->block.lines);
}

static void place_line(struct dry *d, struct plan_line *line, uint32_t function, uint32_t pc)
{
	const struct image *img = d->vm->image;
	struct str file = image_str(img, img->function[function].file);
	if (!image_place(img, function, pc, &line->line, &line->column) || !file.n) return;
	line->file = arena_strndup(d->a, file.p, file.n);
}

static const char *function_name(struct dry *d, uint32_t function)
{
	struct str name = image_str(d->vm->image, d->vm->image->function[function].name);
	return arena_strndup(d->a, name.p, name.n);
}

/* A line at the place where a fiber stands, how deep it ever is in calls. */
static struct plan_line *line_within(struct dry *d, const struct fiber *f, enum plan_line_kind kind, const char *text)
{
	struct plan_line *line = add_line(d, kind, d->depth + fiber_loops(f), text);
	line->calls = fiber_depth(f) - 1;
	return line;
}

static struct plan_line *effect_line(struct dry *d, const struct fiber *f, enum plan_line_kind kind, const char *text)
{
	const struct effect *e = fiber_effect(f);
	struct plan_line *line = add_line(d, kind, d->depth + fiber_loops(f), text);
	line->certainty = certainty_text(e->certainty);
	line->calls = e->calls;
	if (e->calls) line->function = function_name(d, e->function);
	place_line(d, line, e->function, e->pc);
	return line;
}

/* An argument vector as a person would type it. */
static const char *command_text(struct dry *d, struct value v)
{
	struct buf b = { 0 };
	if (v.tag != V_LIST) return shown(d, v);
	for (size_t i = 0; i < v.list->n; i++) {
		struct value word = v.list->at[i];
		const char *text = shown(d, word);
		bool plain = *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == strlen(text);
		if (i) buf_putc(&b, ' ');
		if (plain || word.tag == V_UNKNOWN) buf_puts(&b, text);
		else buf_shell_quoted(&b, str_of(text));
	}
	const char *s = copied(d, &b);
	buf_free(&b);
	return s;
}

static void run_line(struct dry *d, const struct fiber *f)
{
	const struct effect *e = fiber_effect(f);
	struct plan_line *line = effect_line(d, f, e->run.spawn ? LINE_SPAWN : LINE_RUN, command_text(d, e->run.command));
	line->attempt = e->run.flags & RUN_TRY;
	line->limit = e->run.spawn ? -1 : e->run.timeout;
	bool elsewhere = (e->run.flags & RUN_ON) && (e->run.host == IMAGE_NONE || e->run.host != d->here);
	if (elsewhere) line->on = shown(d, e->run.host_value);
}

static const char *probe_text(struct dry *d, const struct effect *e)
{
	struct str name = image_str(d->vm->image, d->vm->image->probe[e->probe.probe].name);
	if (!e->probe.healthy) return arena_printf(d->a, "%.*s fails %u of %u", STR_ARG(name), e->probe.fails, e->probe.of);
	if (e->probe.hold <= 0) return arena_printf(d->a, "%.*s healthy", STR_ARG(name));
	struct buf b = { 0 };
	buf_printf(&b, "%.*s healthy for ", STR_ARG(name));
	literal_put_duration(&b, e->probe.hold);
	const char *s = copied(d, &b);
	buf_free(&b);
	return s;
}

static void note_line(struct dry *d, const struct fiber *f)
{
	const struct effect *e = fiber_effect(f);
	static const enum plan_line_kind kinds[] = { [NOTE_EXPECT] = LINE_EXPECT, [NOTE_EACH] = LINE_EACH, [NOTE_RETRY] = LINE_RETRY };
	struct plan_line *line = effect_line(d, f, kinds[e->note.kind], arena_strdup(d->a, e->note.text ? e->note.text : ""));
	line->limit = e->note.limit;
	line->hold = e->note.hold;
	line->times = e->note.times;
}

/* ---- effects ---- */

/* What a command's result is called: by its first words. */
static const char *result_name(struct dry *d, struct value command)
{
	const char *text = command_text(d, command);
	size_t n = strcspn(text, "\n");
	if (n <= 40) return arena_printf(d->a, "run(%.*s)", (int)n, text);
	for (n = 40; n > 20 && text[n] != ' '; n--) {}
	while (n && ((uint8_t)text[n] & 0xc0) == 0x80) n--;
	return arena_printf(d->a, "run(%.*s…)", (int)n, text);
}

/* A draw from one is none. */
static void draw(struct dry *d, const struct fiber *f, struct outcome *o)
{
	const struct effect *e = fiber_effect(f);
	if (e->random.bound == 1) return;
	o->unknown = "drawn";
	o->certainty = DRAWN;
	effect_line(d, f, LINE_DRAW, arena_strdup(d->a, e->random.of ? e->random.of : "a draw"))->certainty = certainty_text(DRAWN);
}

static const char *http_line(struct dry *d, const struct fiber *f)
{
	static const char *const methods[HTTP_METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	const struct effect *e = fiber_effect(f);
	const char *text = arena_printf(d->a, "%s %s", methods[e->http.method], shown(d, e->http.url));
	effect_line(d, f, LINE_HTTP, text)->limit = e->http.timeout;
	return text;
}

static const char *tcp_line(struct dry *d, const struct fiber *f)
{
	const struct effect *e = fiber_effect(f);
	const char *address = shown(d, e->tcp.address);
	effect_line(d, f, LINE_TCP, address)->limit = e->tcp.timeout;
	return arena_printf(d->a, "tcp connect %s", address);
}

static struct outcome answer(struct dry *d, const struct fiber *f)
{
	const struct effect *e = fiber_effect(f);
	struct outcome o = { .certainty = HOSTLY };
	switch (e->kind) {
	case EFFECT_RUN:
		run_line(d, f);
		o.unknown = result_name(d, e->run.command);
		break;
	case EFFECT_HTTP: o.unknown = http_line(d, f); break;
	case EFFECT_TCP: o.unknown = tcp_line(d, f); break;
	case EFFECT_SLEEP: effect_line(d, f, LINE_WAIT, "")->limit = e->sleep; break;
	case EFFECT_LOG: effect_line(d, f, LINE_LOG, shown(d, e->log)); break;
	case EFFECT_PROBE: o.unknown = effect_line(d, f, LINE_PROBE, probe_text(d, e))->text; break;
	case EFFECT_RANDOM:
		o.certainty = CERTAIN;
		draw(d, f, &o);
		break;
	case EFFECT_MARK:
		o.unknown = "mark";
		o.certainty = DRAWN;
		break;
	case EFFECT_NOTE: note_line(d, f); break;
	case EFFECT_CLOCK: case EFFECT_POLL: case EFFECT_NONE: break;
	}
	return o;
}

/* ---- ways ---- */

static struct ways go(struct dry *d, struct fiber *f, struct join j, struct fiber *left);

static void ended(struct dry *d, struct fiber *f)
{
	d->end = fiber_state(f);
	d->failure = *fiber_failure(f);
	d->failure.what = arena_strdup(d->a, d->failure.what);
	if (d->depth) {
		struct plan_line *line = add_line(d, LINE_MAY_FAIL, d->depth, d->failure.what);
		if (d->failure.function != IMAGE_NONE) place_line(d, line, d->failure.function, d->failure.pc);
		line->calls = d->failure.function != d->fn;
	}
	fiber_free(f);
}

/* One fiber that stands for both, at the place where both are. */
static struct fiber *one_of(struct dry *d, struct fiber *a, struct fiber *b)
{
	if (!a || !b) return a ? a : b;
	fiber_merge(a, b, d->doubt);
	fiber_free(b);
	return a;
}

static struct fiber *either(struct fiber *a, struct fiber *b)
{
	if (a && b) fiber_free(b); /* nothing is assigned, so at the join both know the same */
	return a ? a : b;
}

/* Both ways of a branch, each under its heading; headings without anything below them go. */
static struct ways both_ways(struct dry *d, struct fiber *f)
{
	struct join j = fiber_join(f);
	struct plan_block *block = &d->run->block;
	unsigned outer = d->depth;
	const char *condition = arena_strdup(d->a, fiber_condition(f)), *certainty = certainty_text(fiber_condition_certainty(f));
	if (fiber_condition_certainty(f) > d->doubt) d->doubt = fiber_condition_certainty(f);
	struct fiber *g = fiber_copy(f);
	fiber_take_branch(f, true);
	fiber_take_branch(g, false);
	size_t start = block->lines.n;
	struct plan_line *yes_line = line_within(d, f, LINE_IF, condition);
	yes_line->certainty = certainty;
	struct plan_line no_line = *yes_line;
	d->depth++;
	struct ways yes = go(d, f, j, NULL);
	size_t middle = block->lines.n;
	if (middle == start + 1) block->lines.n = middle = start;
	no_line.kind = middle == start ? LINE_UNLESS : LINE_ELSE;
	no_line.text = middle == start ? condition : "";
	vec_push(d->a, &block->lines, no_line);
	struct ways no = go(d, g, j, NULL);
	if (block->lines.n == middle + 1) block->lines.n = middle;
	d->depth = outer;
	return (struct ways){ either(yes.at, no.at), one_of(d, yes.left, no.left) };
}

static struct ways fork_ways(struct dry *d, struct fiber *f)
{
	if (d->nesting >= DEEPEST_FORK || ++d->forks > MOST_FORKS) {
		d->too_much = "it has too many unknown branches to follow";
		fiber_free(f);
		return (struct ways){ 0 };
	}
	d->nesting++;
	struct ways w = both_ways(d, f);
	d->nesting--;
	return w;
}

/* After a way has returned: what the others go on with happens only otherwise. */
static void otherwise(struct dry *d, const struct fiber *f)
{
	line_within(d, f, LINE_ELSE, "");
	d->depth++;
}

/* A branch in a call that was entered on the way: all that returned from it go on as one. */
static struct fiber *leave_together(struct dry *d, struct ways w, unsigned depth)
{
	unsigned outer = d->depth;
	if (!w.at || !w.left) return w.at ? w.at : w.left;
	otherwise(d, w.at);
	struct ways rest = go(d, w.at, (struct join){ .depth = depth, .pc = IMAGE_NONE }, w.left);
	d->depth = outer;
	return rest.left;
}

/* Goes on behind a branch. What has left the call at `j` is gathered in `out`; the rest is the result. */
static struct fiber *behind_fork(struct dry *d, struct fiber *f, struct join j, struct ways *out)
{
	unsigned depth = fiber_depth(f);
	struct ways w = fork_ways(d, f);
	if (depth > j.depth) return leave_together(d, w, depth);
	bool first = w.left && !out->left;
	out->left = one_of(d, out->left, w.left);
	if (w.at && first) otherwise(d, w.at);
	return w.at;
}

/* Follows a fiber until it stands at `j`, has left that call, or has ended. Takes the fiber, and `left`: who has left the call before it. */
static struct ways go(struct dry *d, struct fiber *f, struct join j, struct fiber *left)
{
	struct ways out = { .left = left };
	unsigned outer = d->depth;
	struct outcome o = { 0 };
	while (f && !d->too_much) {
		enum fiber_state s = fiber_resume_to(f, &o, j);
		if (s == FIBER_EFFECT) {
			o = answer(d, f);
		} else if (s == FIBER_FORK) {
			f = behind_fork(d, f, j, &out);
		} else {
			if (s == FIBER_FALSE || s == FIBER_UNKNOWN) ended(d, f);
			else if (s == FIBER_READY && fiber_depth(f) >= j.depth) out.at = f;
			else out.left = one_of(d, out.left, f);
			f = NULL;
		}
	}
	fiber_free(f);
	d->depth = outer;
	return out;
}

static bool is_heading(enum plan_line_kind k) { return k == LINE_IF || k == LINE_UNLESS || k == LINE_ELSE || k == LINE_EACH || k == LINE_RETRY; }

/* Headings under which nothing stands say nothing. */
static void drop_empty_headings(struct plan_block *b)
{
	size_t kept = b->lines.n;
	for (size_t i = b->lines.n; i-- > 0;) {
		const struct plan_line *line = &b->lines.at[i];
		bool empty = is_heading(line->kind) && (kept == b->lines.n || b->lines.at[kept].depth <= line->depth);
		if (!empty) b->lines.at[--kept] = *line;
	}
	if (kept < b->lines.n) memmove(b->lines.at, b->lines.at + kept, (b->lines.n - kept) * sizeof *b->lines.at);
	b->lines.n -= kept;
}

static void keep_values(struct dry *d, const struct fiber *f)
{
	const struct value *captures = fiber_captures(f, &d->run->ncaptures);
	struct value *copy = arena_array_of(d->a, struct value, d->run->ncaptures + 1);
	for (size_t i = 0; i < d->run->ncaptures; i++) copy[i] = value_copy(d->a, captures[i]);
	d->run->captures = copy;
	d->run->value = value_copy(d->a, fiber_value(f));
}

struct dry_run *dry_run(struct arena *a, const struct vm *vm, uint32_t fn, const struct value *args, struct value here)
{
	struct vm dry_vm = *vm;
	dry_vm.dry = true;
	struct dry d = { .a = a, .vm = &dry_vm, .run = arena_new_of(a, struct dry_run), .here = here.tag == V_HOST ? (uint32_t)here.i : IMAGE_NONE, .fn = fn };
	struct ways w = go(&d, fiber_new_somewhere(&dry_vm, fn, args, here), (struct join){ .depth = 1, .pc = IMAGE_NONE }, NULL);
	d.run->end = w.left ? FIBER_DONE : d.too_much ? FIBER_UNKNOWN : d.end;
	if (w.left) keep_values(&d, w.left);
	else d.run->block.fails = d.too_much ? d.too_much : d.failure.what;
	fiber_free(w.left);
	drop_empty_headings(&d.run->block);
	return d.run;
}
