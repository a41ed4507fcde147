#include "irs/consent.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "irs/buf.h"

static const int64_t SECOND = 1000000000;

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

/* The end of a day "2026-12-31", or a moment "2026-12-31T18:00:00Z", as seconds since 1970; -1 if it is neither. */
static int64_t until_of(const char *s)
{
	struct tm tm = { 0 };
	const char *rest = strptime(s, "%Y-%m-%d", &tm);
	if (!rest) return -1;
	if (!*rest) return (int64_t)timegm(&tm) + 24 * 3600;
	rest = strptime(rest, "T%H:%M:%SZ", &tm);
	return rest && !*rest ? (int64_t)timegm(&tm) : -1;
}

static bool check(const json_t *o, const char *machine_id, int64_t now, struct err *e)
{
	const char *machine = text_of(o, "machine_id");
	int64_t until = until_of(text_of(o, "until"));
	if (!*machine) return err_set(e, IRS_REFUSED, NULL, "its consent names no machine_id");
	if (strcmp(machine, machine_id) != 0)
		return err_set(e, IRS_REFUSED, NULL, "its consent is another machine's (%.40s): this one has not consented", machine);
	if (!*text_of(o, "contact")) return err_set(e, IRS_REFUSED, NULL, "its consent names no contact");
	if (until < 0) return err_set(e, IRS_REFUSED, NULL, "its consent does not say until which day it holds");
	if (now / SECOND >= until) return err_set(e, IRS_REFUSED, NULL, "its consent has expired (%.32s)", text_of(o, "until"));
	return true;
}

bool consent_check(struct str text, const char *machine_id, int64_t now, struct err *e)
{
	json_error_t je;
	json_t *o = text.n <= CONSENT_MAX_BYTES ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &je) : NULL;
	bool ok = o ? check(o, machine_id, now, e) : err_set(e, IRS_REFUSED, NULL, "its consent is not JSON, or longer than %d bytes", CONSENT_MAX_BYTES);
	json_decref(o);
	if (ok) return true;
	struct buf safe = { 0 };
	buf_safe(&safe, str_of(e->what));
	snprintf(e->what, sizeof e->what, "%s", safe.p);
	buf_free(&safe);
	return err_remedy(e, "it is {\"machine_id\": \"%s\", \"contact\": \"…\", \"until\": \"2026-12-31\"}, as whoever answers for the host would write it",
	                  machine_id);
}

/* ---- claims */

const char *claim_text(struct arena *a, const char *session, const char *who, int64_t since)
{
	char when[32];
	struct tm tm;
	time_t t = (time_t)(since / SECOND);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	json_t *o = json_pack("{s:s,s:s,s:s}", "session", session, "who", who, "since", when);
	char line[1024];
	size_t n = json_dumpb(o, line, sizeof line, JSON_COMPACT);
	json_decref(o);
	return arena_strndup(a, line, n < sizeof line ? n : 0);
}

static const char *safe_text(struct arena *a, const json_t *o, const char *key)
{
	struct buf safe = { 0 };
	struct str s = str_of(text_of(o, key));
	if (s.n > 200) s.n = 200;
	buf_safe(&safe, s);
	const char *copy = arena_strndup(a, safe.p ? safe.p : "", safe.n);
	buf_free(&safe);
	return copy;
}

struct claim_said claim_read(struct arena *a, struct str text)
{
	json_t *o = text.n <= CONSENT_MAX_BYTES ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	struct claim_said said = { safe_text(a, o, "session"), safe_text(a, o, "who"), safe_text(a, o, "since") };
	json_decref(o);
	return said;
}
