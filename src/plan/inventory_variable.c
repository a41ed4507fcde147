#include <stdlib.h>
#include <string.h>

#include "inventory_source.h"
#include "irs/buf.h"
#include "irs/consent.h"

enum { MAX_EXEC_WORDS = 64 };

enum field {
	FIELD_practice,
	FIELD_consent,
	FIELD_address,
	FIELD_transport,
	FIELD_exec,
	FIELD_port,
	FIELD_user,
	FIELD_become,
	FIELD_become_user,
	FIELD_become_method,
	FIELD_ssh_name
};

static const struct variable {
	const char *name;
	enum field field;
	bool ours;
} variables[] = {
#define VARIABLE(NAME, name, field, ours, doc) { name, FIELD_##field, ours },
#include "irs/tbl/variable.def"
#undef VARIABLE
};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* Of Ansible's own, those that say nothing about how a host is reached. */
static const char *const silent_names[] = { "ansible_facts", "ansible_python_interpreter", "ansible_playbook_python", "ansible_version",
	                                    "ansible_check_mode", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources",
	                                    "ansible_run_tags", "ansible_skip_tags", "ansible_verbosity" };

static const char host_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";

bool inventory_name_ok(const char *s, size_t n)
{
	return n > 0 && n <= INVENTORY_MAX_NAME && strspn(s, host_chars) == n && *s != '-' && *s != '.';
}

static bool address_ok(const char *s, size_t n)
{
	size_t zone = strcspn(s, "%");
	if (zone == n) return inventory_name_ok(s, n);
	return zone > 0 && strspn(s, host_chars) == zone && *s != '-' && n - zone - 1 < 16 && inventory_name_ok(s + zone + 1, n - zone - 1);
}

static bool path_ok(const char *s, size_t n) { return n > 1 && n < 4096 && *s == '/' && strlen(s) == n && s[n - 1] != '/'; }

/* ---- what a variable may say */

struct setting {
	struct inventory_reader *r;
	struct inventory_host *h;
	const char *variable;
	json_t *v;
};

static bool set_text(const struct setting *s, const char **to, bool (*ok)(const char *s, size_t n), const char *what)
{
	const char *text = json_string_value(s->v);
	if (!text || !ok(text, json_string_length(s->v))) return inventory_wrong(s->r, s->h->name, "`%s` is not %s", s->variable, what);
	*to = arena_strdup(s->r->a, text);
	return true;
}

static bool set_transport(const struct setting *s)
{
	const char *text = json_string_value(s->v);
	for (enum inventory_transport t = TRANSPORT_SSH; text && t <= TRANSPORT_EXEC; t++)
		if (!strcmp(text, inventory_transport_name(t))) {
			s->h->transport = t;
			return true;
		}
	return inventory_wrong(s->r, s->h->name, "`%s` is `ssh`, `local` or `exec`, not `%.40s`", s->variable, text ? text : "a value that is no string");
}

/* INI inventories know only strings: ansible prints their `true` as one. */
static bool set_bool(const struct setting *s, bool *to)
{
	const char *text = json_string_value(s->v);
	bool yes = json_is_true(s->v) || (text && (!strcmp(text, "true") || !strcmp(text, "True") || !strcmp(text, "yes")));
	bool no = json_is_false(s->v) || (text && (!strcmp(text, "false") || !strcmp(text, "False") || !strcmp(text, "no")));
	if (!yes && !no) return inventory_wrong(s->r, s->h->name, "`%s` is true or false", s->variable);
	*to = yes;
	return true;
}

static bool set_port(const struct setting *s)
{
	const char *text = json_string_value(s->v);
	long long port = json_is_integer(s->v) ? json_integer_value(s->v) : 0;
	if (text && strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text)) port = strtoll(text, NULL, 10);
	if (port < 1 || port > 65535) return inventory_wrong(s->r, s->h->name, "`%s` is a port, 1 to 65535", s->variable);
	s->h->port = (unsigned)port;
	return true;
}

static bool set_method(const struct setting *s)
{
	const char *text = json_string_value(s->v);
	if (text && !strcmp(text, "sudo")) return true;
	return inventory_wrong(s->r, s->h->name, "`%s` is `sudo`: there is no other way here", s->variable);
}

/* ---- irs_exec: words first, and only then what they hold */

static const char *fill_in(struct arena *a, const struct inventory_host *h, const char *word)
{
	struct buf b = { 0 };
	for (const char *p = word; *p;) {
		if (!strncmp(p, "{name}", 6)) buf_puts(&b, h->name), p += 6;
		else if (!strncmp(p, "{address}", 9)) buf_puts(&b, h->address), p += 9;
		else buf_putc(&b, *p++);
	}
	const char *filled = arena_strndup(a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return filled;
}

static bool set_exec(const struct setting *s)
{
	const char *text = json_string_value(s->v);
	const char **words = arena_array_of(s->r->a, const char *, MAX_EXEC_WORDS + 1);
	size_t n = 0;
	while (text && *(text += strspn(text, " \t"))) {
		size_t length = strcspn(text, " \t");
		if (n == MAX_EXEC_WORDS) return inventory_wrong(s->r, s->h->name, "`%s` has more than %d words", s->variable, MAX_EXEC_WORDS);
		words[n++] = arena_strndup(s->r->a, text, length);
		text += length;
	}
	if (!n) return inventory_wrong(s->r, s->h->name, "`%s` is a command, as `docker exec -i {name} sh`", s->variable);
	if (strpbrk(json_string_value(s->v), "'\"\\\n$`"))
		return inventory_wrong(s->r, s->h->name, "`%s` is split at blanks, and no shell reads it: quotes, `\\`, `$` mean nothing there", s->variable);
	s->h->exec = words;
	return true;
}

/* ---- all of them */

static bool set(const struct setting *s, enum field field)
{
	struct inventory_host *h = s->h;
	switch (field) {
	case FIELD_practice: return set_bool(s, &h->practice);
	case FIELD_consent: return set_text(s, &h->consent, path_ok, "an absolute path");
	case FIELD_address: return set_text(s, &h->address, address_ok, "an address or host name");
	case FIELD_ssh_name: return set_text(s, &h->ssh_name, address_ok, "an address or host name");
	case FIELD_transport: return set_transport(s);
	case FIELD_exec: return set_exec(s);
	case FIELD_port: return set_port(s);
	case FIELD_user: return set_text(s, &h->user, inventory_name_ok, "a user's name");
	case FIELD_become: return set_bool(s, &h->become);
	case FIELD_become_user: return set_text(s, &h->become_user, inventory_name_ok, "a user's name");
	case FIELD_become_method: return set_method(s);
	}
	return false;
}

static bool is_silent(const char *name)
{
	for (size_t i = 0; i < sizeof silent_names / sizeof *silent_names; i++)
		if (!strcmp(name, silent_names[i])) return true;
	return strncmp(name, "irs_", 4) != 0 && strncmp(name, "ansible_", 8) != 0;
}

static void warn(struct inventory_reader *r, const char *name)
{
	struct str key = { arena_strdup(r->a, name), strlen(name) };
	const char *ours[VARIABLES];
	size_t n = 0;
	if (is_silent(name) || map_put(r->a, &r->warned, key, r)) return;
	for (size_t i = 0; i < VARIABLES; i++)
		if (variables[i].ours) ours[n++] = variables[i].name;
	const char *near = str_nearest(key, ours, n);
	vec_push(r->a, &r->inv->warnings,
	         near ? arena_printf(r->a, "the inventory's variable `%s` means nothing here; did you mean `%s`?", name, near)
	              : arena_printf(r->a, "the inventory's variable `%s` is not honoured", name));
}

static bool set_variable(struct inventory_reader *r, struct inventory_host *h, const char *name, json_t *v)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		const struct variable *known = &variables[i];
		if (strcmp(name, known->name)) continue;
		if (!known->ours && h->ours & 1u << known->field) return true;
		if (known->ours) h->ours |= 1u << known->field;
		return set(&(struct setting){ r, h, name, v }, known->field);
	}
	warn(r, name);
	return true;
}

bool inventory_variables(struct inventory_reader *r, struct inventory_host *h, json_t *vars)
{
	const char *name;
	json_t *v;
	if (!vars) return true;
	if (!json_is_object(vars)) return inventory_wrong(r, h->name, "variables are an object");
	json_object_foreach(vars, name, v)
		if (!set_variable(r, h, name, v)) return false;
	return true;
}

bool inventory_variable_known(const char *name)
{
	for (size_t i = 0; i < VARIABLES; i++)
		if (!strcmp(name, variables[i].name)) return true;
	return false;
}

bool inventory_host_finish(struct inventory_reader *r, struct inventory_host *h)
{
	if (!h->ssh_name) h->ssh_name = h->name;
	if (!h->address) h->address = h->ssh_name;
	if (!h->consent && h->transport != TRANSPORT_LOCAL) h->consent = CONSENT_PATH; /* who names this machine so has consented */
	if (!h->become_user) h->become_user = "root";
	if (h->transport == TRANSPORT_EXEC && !h->exec)
		return inventory_wrong(r, h->name, "its transport is `exec`, and `irs_exec` does not say which command");
	for (const char **word = h->exec; word && *word; word++) *word = fill_in(r->a, h, *word);
	return true;
}
