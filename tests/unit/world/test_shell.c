/* The framing of commands, against a wire that says what no honest shell would; test_local.c runs real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../src/world/shell.h"
#include "fake_wire.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

enum { OUTPUT = 4096 };

struct rig {
	struct loop *loop;
	struct fake_transport transport;
	struct shell *shell;
	struct fake_wire *wire;
	int readies, ends, dones;
	char why[512];
	struct shell_end end;
	struct text *out, *err;
	char a[NONCE_CHARS + 1], z[NONCE_CHARS + 1];
};

static void on_ready(void *owner) { ((struct rig *)owner)->readies++; }

static void on_ended(void *owner, const struct err *e)
{
	struct rig *r = owner;
	r->ends++;
	snprintf(r->why, sizeof r->why, "%s", e->what);
}

static const struct shell_events events = { on_ready, on_ended };

static void on_done(void *owner, const struct shell_end *end)
{
	struct rig *r = owner;
	r->dones++;
	r->end = *end;
	snprintf(r->why, sizeof r->why, "%s", end->why);
	free(r->out);
	free(r->err);
	r->out = capture_text(end->out);
	r->err = capture_text(end->err);
}

static struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof *r);
	struct err e;
	r->loop = loop_new(&e);
	r->transport = fake_transport(1);
	r->shell = shell_new(r->loop, &r->transport.base, 0, OUTPUT, &events, r, &e);
	assert_non_null(r->shell);
	r->wire = r->transport.wire[0];
	fake_nonce_greeting(r->wire, r->a);
	return r;
}

static void rig_free(struct rig *r)
{
	shell_free(r->shell, false);
	fake_transport_free(&r->transport);
	loop_free(r->loop);
	free(r->out);
	free(r->err);
	free(r);
}

static void say(struct rig *r, int stream, const char *z) { fake_say(r->wire, stream, z, strlen(z)); }

static void say_greeting(struct rig *r, const char *before, const char *facts)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s\n%s %s\n", before, r->a, facts);
	fake_say(r->wire, 1, b.p, b.n);
	buf_clear(&b);
	buf_printf(&b, "%s\n%s\n", before, r->a);
	fake_say(r->wire, 2, b.p, b.n);
	buf_free(&b);
}

static const char good_facts[] = "4711 4711 99 0 printf " BOOT " - box";

static struct rig *rig_ready(void)
{
	struct rig *r = rig_new();
	say_greeting(r, "", good_facts);
	assert_int_equal(r->readies, 1);
	assert_int_equal(r->ends, 0);
	return r;
}

static void run(struct rig *r)
{
	struct shell_command c = { .text = STR("true"), .boot = BOOT };
	shell_run(r->shell, &c, on_done, r);
	fake_nonce_begin(r->wire, r->a);
	fake_nonce_end(r->wire, r->z);
}

/* What a shell says on a stream when a command printed `out`. */
static struct buf answer(const struct rig *r, int stream, struct str out, const char *status)
{
	struct buf b = { 0 };
	buf_printf(&b, "\n%s\n", r->a);
	buf_str(&b, out);
	buf_printf(&b, "\n%s%s%s\n", r->z, stream == 1 ? " " : "", stream == 1 ? status : "");
	return b;
}

static void say_answer(struct rig *r, int stream, struct str out, const char *status)
{
	struct buf b = answer(r, stream, out, status);
	fake_say(r->wire, stream, b.p, b.n);
	buf_free(&b);
}

static void expect_end(const struct rig *r, int status, struct str out, struct str err)
{
	assert_int_equal(r->dones, 1);
	assert_int_equal(r->end.how, SHELL_EXITED);
	assert_int_equal(r->end.status, status);
	assert_int_equal(r->out->n, out.n);
	assert_memory_equal(r->out->p, out.p, out.n);
	assert_int_equal(r->err->n, err.n);
	assert_memory_equal(r->err->p, err.p, err.n);
}

/* ---- the greeting */

static void noise_at_login_is_skipped(void **state)
{
	(void)state;
	struct rig *r = rig_new();
	char half[NONCE_CHARS];
	snprintf(half, sizeof half, "%.31s", r->a);
	say(r, 1, "Last login: Mon\r\n\033[31mWelcome");
	say(r, 2, "stdin: is not a tty\n");
	fake_say(r->wire, 1, "\0\377\n", 3);
	say(r, 1, half); /* and not the whole */
	say_greeting(r, "more noise", good_facts);
	assert_int_equal(r->readies, 1);
	assert_string_equal(shell_facts(r->shell)->boot, BOOT);
	assert_string_equal(shell_facts(r->shell)->hostname, "box");
	assert_string_equal(shell_facts(r->shell)->machine_id, "");
	assert_true(shell_facts(r->shell)->root);
	assert_int_equal(shell_process(r->shell)->pgid, 4711);
	assert_int_equal(shell_process(r->shell)->start, 99);
	rig_free(r);
}

static void a_greeting_may_come_in_any_pieces(void **state)
{
	(void)state;
	for (size_t cut = 1;; cut++) {
		struct rig *r = rig_new();
		struct buf b = { 0 };
		buf_printf(&b, "noise\n%s %s\n", r->a, good_facts);
		bool whole = cut >= b.n;
		if (!whole) {
			fake_say(r->wire, 1, b.p, cut);
			fake_say(r->wire, 1, b.p + cut, b.n - cut);
			assert_int_equal(r->readies, 0); /* the other stream is still silent */
			buf_clear(&b);
			buf_printf(&b, "\n%s\n", r->a);
			for (size_t i = 0; i < b.n; i++) fake_say(r->wire, 2, b.p + i, 1);
			assert_int_equal(r->readies, 1);
		}
		buf_free(&b);
		rig_free(r);
		if (whole) break;
	}
}

static void who_can_not_be_driven_is_refused(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "4711 4711 99 0 /usr/bin/printf " BOOT " - box", "printf is no builtin" },
		{ "4711 4710 99 0 printf " BOOT " - box", "process group is not its own" },
		{ "4711 99 0 printf " BOOT " - box", "did not say who it is" },
		{ "", "did not say who it is" },
		{ "4711 4711 99 0 printf - - box", "boot id" },
		{ "1 1 99 0 printf " BOOT " - box", "process 1" },
		{ "-5 -5 99 0 printf " BOOT " - box", "process -5" },
		{ "99999999999 99999999999 99 0 printf " BOOT " - box", "process 99999999999" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rig *r = rig_new();
		say_greeting(r, "", cases[i][0]);
		assert_int_equal(r->readies, 0);
		assert_int_equal(r->ends, 1);
		if (!strstr(r->why, cases[i][1])) fail_msg("«%s»: %s", cases[i][0], r->why);
		rig_free(r);
	}
}

static void endless_noise_is_given_up(void **state)
{
	(void)state;
	struct rig *r = rig_new();
	char noise[1000];
	memset(noise, 'x', sizeof noise);
	for (int i = 0; i < 2000 && !r->ends; i++) fake_say(r->wire, 2, noise, sizeof noise);
	assert_int_equal(r->ends, 1);
	assert_non_null(strstr(r->why, "does not stop printing"));
	rig_free(r);
}

static void a_shell_that_ends_at_once_was_never_ready(void **state)
{
	(void)state;
	struct rig *r = rig_new();
	say(r, 1, "no such account\n");
	fake_end(r->wire);
	assert_int_equal(r->readies, 0);
	assert_int_equal(r->ends, 1);
	rig_free(r);
}

/* ---- what a command printed */

static const struct str printed[] = {
	STR(""), STR("\n"), STR("\n\n\n"), STR("no newline"), STR("a line\n"), STR("a\0b\0\n\0"), STR("\377\376\n\200"), STR("0123456789abcdef0123456789abcdef"),
	STR("\n0123456789abcdef0123456789abcdef 0\n"),
};
enum { PRINTED = sizeof printed / sizeof *printed };

/* Each in two pieces, cut at every byte, and byte by byte. */
static void output_may_come_in_any_pieces(void **state)
{
	(void)state;
	for (int i = 0; i < PRINTED; i++) {
		for (size_t cut = 0, length = 1; cut < length; cut++) {
			struct rig *r = rig_ready();
			run(r);
			struct buf out = answer(r, 1, printed[i], "7"), err = answer(r, 2, printed[PRINTED - 1 - i], "");
			length = out.n;
			for (size_t k = 0; !cut && k < out.n; k++) fake_say(r->wire, 1, out.p + k, 1);
			if (cut) fake_say(r->wire, 1, out.p, cut);
			size_t of_err = cut < err.n ? cut : err.n;
			fake_say(r->wire, 2, err.p, of_err);
			if (cut) fake_say(r->wire, 1, out.p + cut, out.n - cut);
			fake_say(r->wire, 2, err.p + of_err, err.n - of_err);
			expect_end(r, 7, printed[i], printed[PRINTED - 1 - i]);
			assert_false(r->end.spent);
			buf_free(&out);
			buf_free(&err);
			rig_free(r);
		}
	}
}

static void a_command_knows_none_of_the_nonces(void **state)
{
	(void)state;
	struct rig *r = rig_ready();
	struct buf lies = { 0 };
	char old[NONCE_CHARS + 1];
	run(r);
	snprintf(old, sizeof old, "%s", r->z);
	say_answer(r, 1, STR(""), "0");
	say_answer(r, 2, STR(""), "");
	r->dones = 0;
	run(r);
	assert_string_not_equal(old, r->z);
	buf_printf(&lies, "\n%s 0\n%s\n%.31s\n\n%.31sx 0\n", old, old, r->z, r->z);
	say_answer(r, 1, buf_view(&lies), "3");
	assert_int_equal(r->dones, 0);
	say_answer(r, 2, buf_view(&lies), "");
	expect_end(r, 3, buf_view(&lies), buf_view(&lies));
	buf_free(&lies);
	rig_free(r);
}

static void long_output_keeps_its_beginning_and_its_end(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
		struct rig *r = rig_ready();
		struct buf big = { 0 };
		for (int i = 0; i < 5000; i++) buf_printf(&big, "%d\n", i);
		run(r);
		struct buf out = answer(r, 1, buf_view(&big), "0");
		for (size_t at = 0; at < out.n; at += piece) fake_say(r->wire, 1, out.p + at, out.n - at < piece ? out.n - at : piece);
		say_answer(r, 2, STR(""), "");
		assert_int_equal(r->dones, 1);
		size_t head = OUTPUT - OUTPUT / 4, tail = OUTPUT / 4;
		assert_true(r->out->n < OUTPUT + 100);
		assert_memory_equal(r->out->p, big.p, head);
		assert_memory_equal(r->out->p + r->out->n - tail, big.p + big.n - tail, tail);
		assert_non_null(strstr(r->out->p + head, "bytes are left out"));
		buf_free(&big);
		buf_free(&out);
		rig_free(r);
	}
}

static void output_at_the_limit_is_whole(void **state)
{
	(void)state;
	for (size_t n = OUTPUT - 2; n <= OUTPUT + 2; n++) {
		struct rig *r = rig_ready();
		struct buf b = { 0 };
		for (size_t i = 0; i < n; i++) buf_putc(&b, (char)('a' + i % 26));
		run(r);
		say_answer(r, 1, buf_view(&b), "0");
		say_answer(r, 2, STR(""), "");
		if (n <= OUTPUT) expect_end(r, 0, buf_view(&b), STR(""));
		else assert_non_null(strstr(r->out->p, "bytes are left out"));
		buf_free(&b);
		rig_free(r);
	}
}

/* ---- what is not as it should be */

static void who_writes_between_commands_retires_the_shell(void **state)
{
	(void)state;
	for (int stream = 1; stream <= 2; stream++) {
		struct rig *r = rig_ready();
		run(r);
		say(r, stream, "stray");
		say_answer(r, 1, STR("own\n"), "0");
		say_answer(r, 2, STR(""), "");
		expect_end(r, 0, STR("own\n"), STR(""));
		assert_true(r->end.spent);
		assert_non_null(strstr(r->why, "background process"));
		rig_free(r);
	}
	struct rig *r = rig_ready();
	say(r, 2, "stray");
	assert_int_equal(r->ends, 1); /* with nothing under way */
	rig_free(r);

	r = rig_ready();
	run(r);
	struct buf out = answer(r, 1, STR("own\n"), "0");
	buf_puts(&out, "stray");
	fake_say(r->wire, 1, out.p, out.n);
	say_answer(r, 2, STR(""), "");
	expect_end(r, 0, STR("own\n"), STR(""));
	assert_true(r->end.spent);
	buf_free(&out);
	rig_free(r);
}

static void much_that_is_stray_is_not_kept(void **state)
{
	(void)state;
	struct rig *r = rig_ready();
	char noise[1000];
	memset(noise, 'x', sizeof noise);
	run(r);
	for (int i = 0; i < 1000; i++) fake_say(r->wire, 1, noise, sizeof noise);
	say_answer(r, 1, STR("own\n"), "0");
	say_answer(r, 2, STR(""), "");
	expect_end(r, 0, STR("own\n"), STR(""));
	assert_true(r->end.spent);
	rig_free(r);
}

static void a_shell_that_ends_midway_is_lost_with_what_it_said(void **state)
{
	(void)state;
	struct rig *r = rig_ready();
	run(r);
	struct buf out = answer(r, 1, STR("half of it"), "0");
	fake_say(r->wire, 1, out.p, out.n - NONCE_CHARS);
	fake_end(r->wire);
	assert_int_equal(r->dones, 1);
	assert_int_equal(r->end.how, SHELL_LOST);
	assert_true(r->end.spent);
	assert_int_equal(strncmp(r->out->p, "half of it", 10), 0);
	assert_int_equal(r->ends, 0);
	buf_free(&out);
	rig_free(r);
}

static void an_answer_without_sense_is_lost(void **state)
{
	(void)state;
	static const char *const statuses[] = { "", "x", "-1", "256", "0x", "1 2", "99999999999999999999", "gon", "gone " };
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct rig *r = rig_ready();
		run(r);
		say_answer(r, 1, STR("out\n"), statuses[i]);
		assert_int_equal(r->dones, 1);
		if (r->end.how != SHELL_LOST) fail_msg("«%s» was taken for a status", statuses[i]);
		rig_free(r);
	}
	/* The last line is a line, and ends. */
	struct rig *r = rig_ready();
	run(r);
	struct buf b = { 0 };
	buf_printf(&b, "\n%s\nglued%s 0\n", r->a, r->z);
	fake_say(r->wire, 1, b.p, b.n);
	assert_int_equal(r->end.how, SHELL_LOST);
	rig_free(r);

	r = rig_ready();
	run(r);
	buf_clear(&b);
	buf_printf(&b, "\n%s\n\n%s ", r->a, r->z);
	fake_say(r->wire, 1, b.p, b.n);
	for (int i = 0; i < 1000 && !r->dones; i++) say(r, 1, "000000000000");
	assert_int_equal(r->dones, 1);
	assert_int_equal(r->end.how, SHELL_LOST);
	buf_free(&b);
	rig_free(r);
}

static void a_guard_that_failed_says_gone(void **state)
{
	(void)state;
	struct rig *r = rig_ready();
	run(r);
	say_answer(r, 1, STR(""), "gone");
	say_answer(r, 2, STR(""), "");
	assert_int_equal(r->end.how, SHELL_GONE);
	assert_false(r->end.spent);
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_at_login_is_skipped),
		cmocka_unit_test(a_greeting_may_come_in_any_pieces),
		cmocka_unit_test(who_can_not_be_driven_is_refused),
		cmocka_unit_test(endless_noise_is_given_up),
		cmocka_unit_test(a_shell_that_ends_at_once_was_never_ready),
		cmocka_unit_test(output_may_come_in_any_pieces),
		cmocka_unit_test(a_command_knows_none_of_the_nonces),
		cmocka_unit_test(long_output_keeps_its_beginning_and_its_end),
		cmocka_unit_test(output_at_the_limit_is_whole),
		cmocka_unit_test(who_writes_between_commands_retires_the_shell),
		cmocka_unit_test(much_that_is_stray_is_not_kept),
		cmocka_unit_test(a_shell_that_ends_midway_is_lost_with_what_it_said),
		cmocka_unit_test(an_answer_without_sense_is_lost),
		cmocka_unit_test(a_guard_that_failed_says_gone),
	};
	return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
