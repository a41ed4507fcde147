/* Fields of values: tbl/field.def. */
#include "fiber.h"
#include "irs/literal.h"

enum field_id {
#define FIELD(id, name, base, result, lists, doc) FIELD_##id,
#include "irs/tbl/field.def"
#undef FIELD
	FIELDS
};

static const struct {
	const char *name;
	struct type type;
} field_table[FIELDS] = {
#define FIELD(id, name, base, result, lists, doc) [FIELD_##id] = { name, { result, lists } },
#include "irs/tbl/field.def"
#undef FIELD
};

static bool host_text(struct fiber *f, struct value v, bool address, struct value *out)
{
	const struct vm_hosts *hosts = f->vm->hosts;
	if (v.i < 0 || (size_t)v.i >= hosts->n) return raise_unknown(f, "there is no host %lld", (long long)v.i);
	const struct vm_host *h = &hosts->at[v.i];
	return text_derived(f, address ? h->address : h->name, NULL, 0, out);
}

static struct value of_float(double x) { return (struct value){ .tag = V_FLOAT, .f = x }; }
static struct value of_int(int64_t i) { return of_tag(V_INT, i, 0); }
static struct value of_text(struct text *t) { return (struct value){ .tag = V_STRING, .text = t }; }

/* Rounded down, also below zero. */
static int64_t whole(int64_t a, int64_t unit) { return a / unit - (a % unit < 0); }

static bool known_field(struct fiber *f, enum field_id id, struct value v, struct value *out)
{
	switch (id) {
	case FIELD_host_name: return host_text(f, v, false, out);
	case FIELD_host_address: return host_text(f, v, true, out);
	case FIELD_process_pid: *out = of_int(v.process->pid); break;
	case FIELD_result_exit: *out = of_int(v.result->exit); break;
	case FIELD_result_stdout: *out = of_text(v.result->stdout_text); break;
	case FIELD_result_stderr: *out = of_text(v.result->stderr_text); break;
	case FIELD_result_elapsed: *out = of_tag(V_DURATION, v.result->elapsed, 0); break;
	case FIELD_result_signal: *out = of_int(v.result->signal); break;
	case FIELD_result_timed_out: *out = of_bool(v.result->timed_out ? TRUE3 : FALSE3, 0); break;
	case FIELD_response_status: *out = of_int(v.response->status); break;
	case FIELD_response_body: *out = of_text(v.response->body); break;
	case FIELD_response_elapsed: *out = of_tag(V_DURATION, v.response->elapsed, 0); break;
	case FIELD_response_ok: *out = of_bool(v.response->ok ? TRUE3 : FALSE3, 0); break;
	case FIELD_duration_seconds: *out = of_float((double)v.i / (double)NS_PER_S); break;
	case FIELD_duration_milliseconds: *out = of_int(whole(v.i, NS_PER_S / 1000)); break;
	case FIELD_size_bytes: *out = of_int(v.i); break;
	case FIELD_size_kib: *out = of_int(whole(v.i, 1024)); break;
	case FIELD_size_mib: *out = of_int(whole(v.i, 1024 * 1024)); break;
	case FIELD_percent_number: *out = of_float((double)v.i / (double)PERCENT_ONE); break;
	case FIELD_percent_fraction: *out = of_float((double)v.i / (double)PERCENT_ONE / 100); break;
	case FIELDS: return raise_unknown(f, "no such field");
	}
	return true;
}

bool field(struct fiber *f, unsigned id, struct value v, struct value *out)
{
	if (id >= FIELDS) return raise_unknown(f, "no such field");
	if (v.tag == V_UNKNOWN) return unknown(f, field_table[id].type, v.certainty, out, "%s.%s", name_of(f, v), field_table[id].name);
	if (!known_field(f, (enum field_id)id, v, out)) return false;
	out->certainty = surer(out->certainty, v.certainty);
	return true;
}
