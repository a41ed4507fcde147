#include "ast_build.h"

#include "irs/buf.h"

/* ---- what all items have ---- */

static enum level level_of(enum item_kind kind)
{
	switch (kind) {
	case I_SCENARIO: case I_BRIEF: case I_LEVEL: case I_LASTS: case I_COMPONENTS: case I_REQUIRES: case I_READING:
	case I_TARGET: case I_PARAM:
		return LEVEL_PUBLIC;
	case I_RESOLUTION:
		return LEVEL_HIDDEN;
	default:
		return LEVEL_SECRET;
	}
}

/* Whether `##` comment `c` stands on the line just above `at`. */
static bool just_above(const struct parser *p, struct span c, uint32_t at)
{
	unsigned newlines = 0;
	for (uint32_t i = c.end; i < at; i++) {
		char x = p->text.p[i];
		if (x == '\n') newlines++;
		else if (x != ' ' && x != '\t' && x != '\r') return false;
	}
	return newlines == 1;
}

/* Index of the first `##` comment that stands behind `at`. */
static size_t docs_before(const struct parser *p, uint32_t at)
{
	size_t lo = 0, hi = p->docs.n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (p->docs.at[mid].end <= at) lo = mid + 1;
		else hi = mid;
	}
	return lo;
}

/* The `##` comments above an item, without their marks. */
static struct str doc_above(struct parser *p, uint32_t at)
{
	size_t end = docs_before(p, at), first = end;
	while (first && just_above(p, p->docs.at[first - 1], at)) at = p->docs.at[--first].start;
	if (first == end) return (struct str){ 0 };
	struct buf b = { 0 };
	for (size_t i = first; i < end; i++) {
		struct str line = text_at(p, p->docs.at[i]);
		size_t skip = line.n > 2 && line.p[2] == ' ' ? 3 : 2;
		if (i > first) buf_putc(&b, '\n');
		buf_add(&b, line.p + skip, line.n - skip);
	}
	struct str doc = { arena_strndup(p->arena, b.p ? b.p : "", b.n), b.n };
	buf_free(&b);
	return doc;
}

static struct item *item_new(struct parser *p, enum item_kind kind, struct span at, struct span keyword, size_t size)
{
	struct item *i = arena_alloc(p->arena, size);
	i->kind = kind;
	i->span = at;
	i->keyword = keyword;
	i->level = level_of(kind);
	if (p->docs.n) i->doc = doc_above(p, at.start);
	return i;
}
#define ITEM_NEW(p, kind, at, keyword, member) item_new((p), (kind), (at), (keyword), NODE_SIZE(struct item, member))

struct item *ast_item_error(struct parser *p, struct span at)
{
	return ITEM_NEW(p, I_ERROR, at, at, symbol);
}

struct item *ast_item_of_stmt(struct parser *p, struct stmt *s)
{
	struct span keyword = s->span;
	enum item_kind kind = s->kind == S_LET ? I_LET : s->kind == S_ERROR ? I_ERROR : I_DO;
	keyword.end = keyword.start + (s->kind == S_LET ? 3 : s->kind == S_RETRY ? 5 : 2);
	struct item *i = ITEM_NEW(p, kind, s->span, keyword, stmt);
	if (kind == I_LET) {
		i->name = s->let.name;
		i->let.value = s->let.value;
	} else if (kind == I_DO) {
		i->stmt = s;
	}
	return i;
}

/* ---- files ---- */

struct item *ast_use(struct parser *p, struct span at, struct span keyword, const struct chain *names)
{
	struct item *i = ITEM_NEW(p, I_USE, at, keyword, use);
	CHAIN_TO_VEC(p, &i->use.modules, names);
	return i;
}

struct item *ast_use_file(struct parser *p, struct span at, struct span keyword, struct template *path, struct name alias)
{
	struct item *i = ITEM_NEW(p, I_USE, at, keyword, use);
	i->use.path = path;
	i->use.alias = alias;
	return i;
}

struct item *ast_scenario(struct parser *p, struct span at, struct span keyword, struct template *title, const struct chain *entries)
{
	struct item *i = ITEM_NEW(p, I_SCENARIO, at, keyword, scenario);
	i->title = title;
	ast_items(p, &i->scenario.items, IN_SCENARIO, entries);
	return i;
}

struct item *ast_fn(struct parser *p, struct span at, struct span keyword, struct name name, const struct chain *params,
	struct type_at result, struct block *body)
{
	struct item *i = ITEM_NEW(p, I_FN, at, keyword, fn);
	i->name = name;
	CHAIN_TO_VEC(p, &i->fn.params, params);
	i->fn.has_result = result.said;
	i->fn.result = result.type;
	i->fn.result_span = result.span;
	i->fn.body = body;
	return i;
}

struct item *ast_fault(struct parser *p, struct span at, struct span keyword, struct name name, const struct chain *params,
	const struct chain *entries)
{
	struct item *i = ITEM_NEW(p, I_FAULT, at, keyword, fault);
	i->name = name;
	CHAIN_TO_VEC(p, &i->fault.params, params);
	ast_items(p, &i->fault.items, IN_FAULT, entries);
	return i;
}

struct param *ast_param(struct parser *p, struct name name, struct type_at type, struct expr *default_value)
{
	doubt_declare(p, name);
	return KEEP(p, struct param, .name = name, .type = type.type, .type_span = type.span, .default_value = default_value);
}

static struct type_at *type_error(struct parser *p, struct span at)
{
	return KEEP(p, struct type_at, TYPE(T_ERROR), at, true);
}

struct type_at *ast_type_none(struct parser *p, struct span at)
{
	return KEEP(p, struct type_at, .span = at);
}

struct type_at *ast_type(struct parser *p, struct name name)
{
	static const char *const types[] = { "bool", "int", "float", "string", "duration", "size", "percent", "host", "process", "result",
		"json", "list" };
	enum type_base base = type_named(name.text);
	if (base != T_NONE) return KEEP(p, struct type_at, TYPE((uint8_t)base), name.span, true);
	if (str_eq(name.text, STR("list"))) {
		struct diag *d = diag_add(p->diags, D_unknown_type, name.span, "a list of what?");
		diag_help(p->diags, d, "write the type of its elements: `list<host>`");
		return type_error(p, name.span);
	}
	struct diag *d = diag_add(p->diags, D_unknown_type, name.span, "there is no type `%.*s`", STR_ARG(name.text));
	const char *near = str_nearest(name.text, types, sizeof types / sizeof *types);
	if (near) {
		diag_help(p->diags, d, "did you mean `%s`?", near);
		diag_fix(p->diags, d, name.span, "%s", near);
	} else {
		diag_help(p->diags, d, "it is bool, int, float, string, duration, size, percent, host, process, result, json or list<…>");
	}
	return type_error(p, name.span);
}

struct type_at *ast_type_list(struct parser *p, struct span at, struct name list, struct type_at element)
{
	if (!str_eq(list.text, STR("list"))) {
		struct diag *d = diag_add(p->diags, D_unknown_type, list.span, "there is no type `%.*s<…>`", STR_ARG(list.text));
		diag_help(p->diags, d, "only lists hold other types: `list<host>`");
		return type_error(p, at);
	}
	if (element.type.lists == TYPE_MAX_LISTS) {
		diag_add(p->diags, D_nested_too_deeply, at, "lists are nested more than %d deep", TYPE_MAX_LISTS);
		return type_error(p, at);
	}
	if (element.type.base == T_ERROR) return type_error(p, at);
	return KEEP(p, struct type_at, type_list_of(element.type), at, true);
}

/* ---- public items ---- */

struct item *ast_brief(struct parser *p, struct span at, struct span keyword, struct template *text)
{
	struct item *i = ITEM_NEW(p, I_BRIEF, at, keyword, text);
	i->text = text;
	return i;
}

struct item *ast_level(struct parser *p, struct span at, struct span keyword, struct name word)
{
	static const char *const levels[] = { "beginner", "intermediate", "advanced" };
	ONE_OF(p, word, "level", levels);
	struct item *i = ITEM_NEW(p, I_LEVEL, at, keyword, word);
	i->word = word;
	return i;
}

struct range *ast_range(struct parser *p, struct span at, struct expr *low, struct expr *high)
{
	return KEEP(p, struct range, low, high, at);
}

struct item *ast_lasts(struct parser *p, struct span at, struct span keyword, struct range range)
{
	struct item *i = ITEM_NEW(p, I_LASTS, at, keyword, range);
	i->range = range;
	return i;
}

struct item *ast_texts(struct parser *p, enum item_kind kind, struct span at, struct span keyword, const struct chain *texts)
{
	struct item *i = ITEM_NEW(p, kind, at, keyword, texts);
	CHAIN_TO_VEC(p, &i->texts, texts);
	return i;
}

struct pointer *ast_pointer(struct parser *p, struct span at, struct name kind, struct template *text)
{
	static const char *const kinds[] = { "man", "url", "file", "source", "ask" };
	enum pointer_kind k = POINTER_MAN;
	if (ONE_OF(p, kind, "pointer", kinds))
		while (!str_eq(kind.text, str_of(kinds[k]))) k++;
	return KEEP(p, struct pointer, k, text, at);
}

struct item *ast_reading(struct parser *p, struct span at, struct span keyword, const struct chain *pointers)
{
	struct item *i = ITEM_NEW(p, I_READING, at, keyword, pointers);
	CHAIN_TO_VEC(p, &i->pointers, pointers);
	for (size_t k = 0; k < i->pointers.n; k++) {
		if (i->pointers.at[k].kind != POINTER_ASK) continue;
		struct diag *d = diag_add(p->diags, D_no_such_word, i->pointers.at[k].span, "a question is nothing to read");
		diag_help(p->diags, d, "`ask` stands behind `hint`; reading is `man`, `url`, `file` or `source`");
	}
	return i;
}

struct count_range *ast_count(struct parser *p, struct span at, int64_t low, int64_t high, struct name hosts)
{
	if (!str_eq(hosts.text, STR("host")) && !str_eq(hosts.text, STR("hosts"))) {
		struct diag *d = diag_add(p->diags, D_no_such_word, hosts.span,
			"a target is a number of hosts, not of `%.*s`", STR_ARG(hosts.text));
		diag_fix(p->diags, d, hosts.span, high == 1 ? "host" : "hosts");
	}
	return KEEP(p, struct count_range, low, high, at);
}

struct item *ast_target(struct parser *p, struct span at, struct span keyword, struct name name, struct count_range count)
{
	struct item *i = ITEM_NEW(p, I_TARGET, at, keyword, target);
	i->name = name;
	doubt_declare(p, name);
	i->target.low = count.low;
	i->target.high = count.high;
	i->target.span = count.span;
	return i;
}

struct item *ast_param_item(struct parser *p, struct span at, struct span keyword, struct name name, struct type_at type,
	struct expr *default_value, struct range bounds)
{
	struct item *i = ITEM_NEW(p, I_PARAM, at, keyword, param);
	i->name = name;
	doubt_declare(p, name);
	i->param.type = type.type;
	i->param.type_span = type.span;
	i->param.default_value = default_value;
	i->param.range = bounds;
	return i;
}

struct item *ast_secret(struct parser *p, struct span at, struct item *param)
{
	param->span = at;
	param->keyword.start = at.start;
	param->level = LEVEL_SECRET;
	if (p->docs.n) param->doc = doc_above(p, at.start);
	return param;
}

/* ---- secret items ---- */

struct item *ast_probe(struct parser *p, struct span at, struct span keyword, struct name name, struct template *title,
	const struct chain *clauses, struct block *body)
{
	struct clauses c;
	clauses_spread(p, &c, "a probe", 1u << CLAUSE_EVERY | 1u << CLAUSE_TIMEOUT | 1u << CLAUSE_FROM, clauses);
	struct item *i = ITEM_NEW(p, I_PROBE, at, keyword, probe);
	i->name = name;
	i->title = title;
	i->probe.every = clause_value(&c, CLAUSE_EVERY);
	i->probe.timeout = clause_value(&c, CLAUSE_TIMEOUT);
	i->probe.from = clause_value(&c, CLAUSE_FROM);
	i->probe.body = body;
	return i;
}

struct item *ast_alarm(struct parser *p, struct span at, struct span keyword, struct template *title, struct name severity,
	const struct chain *clauses)
{
	static const char *const severities[] = { "critical", "error", "warning", "info" };
	struct clauses c;
	clauses_spread(p, &c, "an alarm", 1u << CLAUSE_WHEN | 1u << CLAUSE_LATEST, clauses);
	if (severity.text.n) ONE_OF(p, severity, "severity", severities);
	struct item *i = ITEM_NEW(p, I_ALARM, at, keyword, alarm);
	i->title = title;
	i->alarm.severity = severity;
	i->alarm.condition = clause_value(&c, CLAUSE_WHEN);
	i->alarm.latest = clause_value(&c, CLAUSE_LATEST);
	return i;
}

static struct fanout fanout_of(const struct clause *c)
{
	if (!c) return (struct fanout){ .kind = FANOUT_ALL };
	enum fanout_kind kind = !c->value ? FANOUT_ONE : c->value->kind == E_PERCENT ? FANOUT_SHARE : FANOUT_COUNT;
	return (struct fanout){ kind, c->value, c->span };
}

struct item *ast_precondition(struct parser *p, struct span at, struct span keyword, struct template *title, const struct chain *clauses,
	struct block *body)
{
	struct clauses c;
	clauses_spread(p, &c, "a precondition", 1u << CLAUSE_ON | 1u << CLAUSE_FANOUT, clauses);
	struct item *i = ITEM_NEW(p, I_PRECONDITION, at, keyword, precondition);
	i->title = title;
	i->precondition.on = clause_value(&c, CLAUSE_ON);
	i->precondition.fanout = fanout_of(c.of[CLAUSE_FANOUT]);
	i->precondition.body = body;
	return i;
}

/* `when mitigated` is the only `when` that a step has. */
static bool is_mitigated(struct parser *p, const struct clause *when)
{
	static const char *const words[] = { "mitigated" };
	if (!when || when->value->kind == E_ERROR) return false;
	if (when->value->kind == E_NAME) {
		ONE_OF(p, when->value->name.name, "condition of a step", words);
		return true;
	}
	struct diag *d = diag_add(p->diags, D_no_such_word, when->value->span, "a step can't wait for an expression");
	diag_help(p->diags, d, "it is induced at once, `after 15m`, or `when mitigated`");
	return true;
}

struct item *ast_step(struct parser *p, struct span at, struct span keyword, struct name name, struct template *title,
	const struct chain *clauses, const struct chain *entries)
{
	struct clauses c;
	unsigned known = 1u << CLAUSE_ON | 1u << CLAUSE_FANOUT | 1u << CLAUSE_AFTER | 1u << CLAUSE_WHEN | 1u << CLAUSE_UNLESS;
	clauses_spread(p, &c, "a step", known, clauses);
	struct item *i = ITEM_NEW(p, I_STEP, at, keyword, step);
	i->name = name;
	i->title = title;
	i->step.on = clause_value(&c, CLAUSE_ON);
	i->step.fanout = fanout_of(c.of[CLAUSE_FANOUT]);
	i->step.after = clause_value(&c, CLAUSE_AFTER);
	i->step.when_mitigated = is_mitigated(p, c.of[CLAUSE_WHEN]);
	i->step.unless_resolved = c.of[CLAUSE_UNLESS] != NULL;
	ast_items(p, &i->step.items, IN_STEP, entries);
	return i;
}

struct item *ast_message(struct parser *p, struct span at, struct span keyword, struct template *sender, const struct chain *clauses,
	struct template *text)
{
	struct clauses c;
	clauses_spread(p, &c, "a message", 1u << CLAUSE_AFTER, clauses);
	struct item *i = ITEM_NEW(p, I_MESSAGE, at, keyword, message);
	i->title = sender;
	i->message.after = clause_value(&c, CLAUSE_AFTER);
	i->message.text = text;
	return i;
}

struct item *ast_hint(struct parser *p, struct span at, struct span keyword, struct pointer pointer)
{
	struct item *i = ITEM_NEW(p, I_HINT, at, keyword, hint);
	i->hint.pointer = pointer;
	return i;
}

/* ---- the resolution ---- */

struct fact {
	struct name key;
	struct template *text;
};

struct chain ast_fact(struct parser *p, struct chain c, struct name key, struct template *text)
{
	static const char *const keys[] = { "cause", "path", "fix" };
	ONE_OF(p, key, "part of a resolution called", keys);
	chain_add(p, &c, &(struct fact){ key, text }, sizeof(struct fact));
	return c;
}

struct item *ast_resolution(struct parser *p, struct span at, struct span keyword, const struct chain *facts)
{
	struct item *i = ITEM_NEW(p, I_RESOLUTION, at, keyword, resolution);
	CHAIN_EACH(struct fact, f, facts) {
		vec_push(p->arena, &i->resolution.keys, f->key);
		vec_push(p->arena, &i->resolution.texts, f->text);
	}
	return i;
}

/* ---- in steps and faults ---- */

struct item *ast_needs(struct parser *p, struct span at, struct span keyword, struct name first, struct name second, struct template *text)
{
	static const char *const words[] = { "root", "tool", "kernel" };
	struct item *i = ITEM_NEW(p, I_NEEDS, at, keyword, needs);
	bool known = ONE_OF(p, first, "need", words);
	bool root = str_eq(first.text, STR("root")), kernel = str_eq(first.text, STR("kernel"));
	i->needs.kind = root ? NEED_ROOT : kernel ? NEED_KERNEL_MODULE : NEED_TOOL;
	i->needs.text = root ? NULL : text;
	bool complete = root ? !text : kernel ? text && str_eq(second.text, STR("module")) : text && !second.text.n;
	if (known && !complete) {
		struct diag *d = diag_add(p->diags, D_no_such_word, at, "`needs %.*s` is written otherwise", STR_ARG(first.text));
		diag_help(p->diags, d, "`needs root`, `needs tool \"nft\"`, `needs kernel module \"sch_netem\"`");
	}
	if (!known || !complete) i->kind = I_ERROR;
	return i;
}

struct item *ast_body(struct parser *p, enum item_kind kind, struct span at, struct span keyword, struct block *body)
{
	struct item *i = ITEM_NEW(p, kind, at, keyword, body);
	i->body.body = body;
	return i;
}

struct item *ast_restore(struct parser *p, struct span at, struct span keyword, struct block *body, struct template *because)
{
	struct item *i = ITEM_NEW(p, I_RESTORE, at, keyword, restore);
	i->restore.body = body;
	i->restore.because = because;
	return i;
}

struct item *ast_failsafe(struct parser *p, struct span at, struct span keyword, const struct chain *parts)
{
	static const char *const words[] = { "none", "required", "silent", "latest" };
	struct clauses c;
	clauses_spread(p, &c, "a failsafe", 1u << CLAUSE_SILENT | 1u << CLAUSE_LATEST | 1u << CLAUSE_WORD, parts);
	struct item *i = ITEM_NEW(p, I_FAILSAFE, at, keyword, failsafe);
	i->failsafe.silent = clause_value(&c, CLAUSE_SILENT);
	i->failsafe.latest = clause_value(&c, CLAUSE_LATEST);
	if (!c.of[CLAUSE_WORD]) return i;
	struct name word = c.of[CLAUSE_WORD]->value->name.name;
	ONE_OF(p, word, "failsafe", words);
	i->failsafe.none = str_eq(word.text, STR("none"));
	i->failsafe.required = str_eq(word.text, STR("required"));
	return i;
}
