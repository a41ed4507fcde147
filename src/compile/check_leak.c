/*
 * check_leak: words that tell.  A word that stands in what only some may know (the resolution, steps, their commands)
 * and in what everybody may read beforehand gives the answer away.  Words that everybody uses don't, nor do those that
 * are public on purpose: components, targets, params, and what the title names in plain words, which is the symptom.
 */
#include "check_private.h"

#include <ctype.h>

enum { SHORTEST = 4, LONGEST_WORD = 64 };

/* Words of every outage's story, besides those of every sentence. */
static const char *const common[] = {
	"able", "about", "above", "again", "alarm", "alert", "always", "answer", "answers", "appears",
	"application", "arrived", "been", "before", "below", "between", "cannot", "channel", "check",
	"client", "clients", "command", "config", "configuration", "connection", "connections", "could",
	"customer", "customers", "data", "database", "databases", "directory", "does", "down", "during",
	"each", "error", "errors", "every", "everybody", "expect", "fail", "failed", "fails", "false", "file",
	"files", "first", "from", "gets", "goes", "have", "healthy", "here", "host", "hosts", "into", "just",
	"last", "latency", "less", "like", "list", "machine", "many", "more", "most", "much", "need", "needs",
	"never", "none", "nothing", "once", "only", "open", "other", "others", "over", "page", "pages",
	"people", "practice", "problem", "process", "processes", "read", "reads", "request", "requests",
	"responses", "response", "run", "running", "runs", "same", "scenario", "seconds", "seen", "server",
	"servers", "service", "services", "several", "should", "slow", "slowly", "some", "still", "stop",
	"stopped", "stops", "such", "system", "than", "that", "their", "them", "then", "there", "these",
	"they", "this", "those", "through", "time", "times", "true", "under", "until", "user", "users",
	"verify", "very", "wait", "waits", "website", "well", "were", "what", "when", "where", "which",
	"while", "will", "with", "within", "without", "work", "works", "would", "write", "writes", "wrong",
	"your",
};

struct word {
	struct str text; /* in lower case */
	struct span span;
	bool telling; /* it names a thing: SIGSTOP, a step, a word of a command */
};

struct leaks {
	struct checker *c;
	struct map harmless; /* common words, and those that are public on purpose */
	struct map secret;   /* words that tell: struct word */
	struct map reported;
	bool telling;        /* what is being gathered is telling as a whole */
};

typedef void each_word(struct leaks *l, struct word w);

static bool is_word_byte(unsigned char c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

/* Whether a word looks like a name of something: a capital within it, a digit, `_`. */
static bool names_something(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (isupper((unsigned char)p[i]) || isdigit((unsigned char)p[i]) || p[i] == '_') return true;
	return false;
}

static struct span span_within(const struct template_part *part, size_t from, size_t to)
{
	if (part->origin) return (struct span){ part->span.file, part->origin[from], part->origin[to - 1] + 1 };
	return (struct span){ part->span.file, part->span.start + (uint32_t)from, part->span.start + (uint32_t)to };
}

static struct str lower_case(struct leaks *l, const char *p, size_t n)
{
	char *low = arena_strndup(l->c->a, p, n);
	for (size_t i = 0; i < n; i++) low[i] = (char)tolower((unsigned char)low[i]);
	return (struct str){ low, n };
}

static struct word word_at(struct leaks *l, const struct template_part *part, size_t from, size_t to)
{
	const char *p = part->text.p + from;
	bool telling = l->telling || names_something(p, to - from);
	return (struct word){ lower_case(l, p, to - from), span_within(part, from, to), telling };
}

static void words_of_part(struct leaks *l, const struct template_part *part, each_word *f)
{
	struct str s = part->text;
	for (size_t i = 0; i < s.n;) {
		size_t start = i;
		while (i < s.n && is_word_byte((unsigned char)s.p[i])) i++;
		size_t n = i - start;
		if (n >= SHORTEST && n <= LONGEST_WORD && !isdigit((unsigned char)s.p[start]))
			f(l, word_at(l, part, start, i));
		if (i == start) i++;
	}
}

static void words_of(struct leaks *l, const struct template *t, each_word *f)
{
	for (size_t i = 0; t && i < t->parts.n; i++)
		if (!t->parts.at[i].hole) words_of_part(l, &t->parts.at[i], f);
}

static void word_of_name(struct leaks *l, const struct name *name, each_word *f)
{
	if (name->text.n >= SHORTEST) f(l, (struct word){ lower_case(l, name->text.p, name->text.n), name->span, true });
}

/* ---- the three kinds of words ---- */

static void take_harmless(struct leaks *l, struct word w)
{
	map_put(l->c->a, &l->harmless, w.text, l);
}

static void take_secret(struct leaks *l, struct word w)
{
	if (map_get(&l->harmless, w.text)) return;
	struct word *before = map_get(&l->secret, w.text);
	if (before) before->telling |= w.telling;
	else map_put(l->c->a, &l->secret, w.text, arena_memdup(l->c->a, &w, sizeof w));
}

static void judge_public(struct leaks *l, struct word w)
{
	const struct word *secret = map_get(&l->secret, w.text);
	if (!secret || map_put(l->c->a, &l->reported, w.text, l)) return;
	struct diag *d = diag_add(l->c->ds, D_leak, w.span, "everybody can read `%.*s` here, and it gives something away", STR_ARG(w.text));
	diag_label(l->c->ds, d, secret->span, "it stands here, for fewer to know");
	diag_help(l->c->ds, d, "say it in other words; if it is no secret, name it among the `components`");
}

static void judge_title(struct leaks *l, struct word w)
{
	const struct word *secret = map_get(&l->secret, w.text);
	if (secret && secret->telling) judge_public(l, w);
	else map_put(l->c->a, &l->reported, w.text, l);
}

/* ---- where they stand ---- */

static void gather_harmless(struct leaks *l, const struct item *item)
{
	if (item->kind == I_TARGET || (item->kind == I_PARAM && item->level == LEVEL_PUBLIC)) word_of_name(l, &item->name, take_harmless);
	if (item->kind != I_COMPONENTS && item->kind != I_REQUIRES) return;
	for (size_t i = 0; i < item->texts.n; i++) words_of(l, item->texts.at[i], take_harmless);
}

static void gather_command(struct leaks *l, const struct block *b)
{
	l->telling = true;
	for (size_t i = 0; b && i < b->stmts.n; i++) {
		const struct stmt *s = b->stmts.at[i];
		if (s->kind == S_EXPR && s->expr->kind == E_RUN && s->expr->run.command->kind == E_STRING)
			words_of(l, s->expr->run.command->string, take_secret);
	}
	l->telling = false;
}

static void gather_call(struct checker *c, const struct item *step, const struct expr *call, void *with)
{
	(void)c;
	(void)step;
	struct leaks *l = with;
	l->telling = true;
	const struct expr *callee = call->call.callee;
	word_of_name(l, callee->kind == E_FIELD ? &callee->field.field : &callee->name.name, take_secret);
	for (size_t i = 0; i < call->call.args.n; i++)
		if (call->call.args.at[i].value->kind == E_STRING) words_of(l, call->call.args.at[i].value->string, take_secret);
	l->telling = false;
}

static void gather_step(struct leaks *l, const struct item *step)
{
	word_of_name(l, &step->name, take_secret);
	words_of(l, step->title, take_secret);
	for (size_t i = 0; i < step->step.items.n; i++) {
		const struct item *item = step->step.items.at[i];
		if (item->kind == I_INDUCE) gather_command(l, item->body.body);
	}
	for_each_do(l->c, step, gather_call, l);
}

static void gather_secret(struct leaks *l, const struct item *item)
{
	if (item->kind == I_STEP) gather_step(l, item);
	if (item->kind != I_RESOLUTION) return;
	for (size_t i = 0; i < item->resolution.texts.n; i++) {
		/* How one finds out begins with what everybody sees. */
		if (!str_eq(item->resolution.keys.at[i].text, STR("path"))) words_of(l, item->resolution.texts.at[i], take_secret);
	}
}

static void judge_item(struct leaks *l, const struct item *item)
{
	if (item->kind == I_BRIEF) words_of(l, item->text, judge_public);
	if (item->kind == I_READING)
		for (size_t i = 0; i < item->pointers.n; i++) words_of(l, item->pointers.at[i].text, judge_public);
}

void lint_leaks(struct checker *c)
{
	struct leaks l = { .c = c };
	const struct item *scenario = c->p->scenario;
	const items_t *items = &scenario->scenario.items;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++) map_put(c->a, &l.harmless, str_of(common[i]), &l);
	for (size_t i = 0; i < items->n; i++) gather_harmless(&l, items->at[i]);
	for (size_t i = 0; i < items->n; i++) gather_secret(&l, items->at[i]);
	words_of(&l, scenario->title, judge_title);
	for (size_t i = 0; i < items->n; i++) judge_item(&l, items->at[i]);
}
