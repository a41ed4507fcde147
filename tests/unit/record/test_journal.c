#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "irs/journal.h"

struct ctx {
	char dir[64], path[96];
	struct err e;
	int seen;
	enum event last;
};

static int setup(void **state)
{
	struct ctx *c = calloc(1, sizeof *c);
	strcpy(c->dir, "/tmp/irs-journal-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	snprintf(c->path, sizeof c->path, "%s/journal.jsonl", c->dir);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct ctx *c = *state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", c->dir);
	assert_int_equal(system(command), 0);
	free(c);
	return 0;
}

static bool count(void *ctx, enum event ev, const json_t *line)
{
	struct ctx *c = ctx;
	assert_true(json_is_object(line));
	c->last = ev;
	return ++c->seen < 1000;
}

static void watched(void *ctx, enum event ev, const json_t *line)
{
	count(ctx, ev, line);
}

static bool reads(struct ctx *c)
{
	c->seen = 0;
	c->e = (struct err){ 0 };
	return journal_read(c->path, count, c, &c->e);
}

static void write_three(struct ctx *c)
{
	struct journal *j = journal_create(c->path, 1 << 16, &c->e);
	assert_non_null(j);
	journal_add(j, EV_phase, json_pack("{s:s,s:s}", "phase", "checked", "was", "planned"));
	journal_add(j, EV_begin, NULL);
	assert_true(journal_sync(j, &c->e));
	journal_add(j, EV_closed, json_pack("{s:i}", "exit", 0));
	journal_close(j);
}

static void append(struct ctx *c, const char *text, size_t n)
{
	FILE *f = fopen(c->path, "a");
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static void lines_follow_each_other(void **state)
{
	struct ctx *c = *state;
	write_three(c);
	assert_true(reads(c));
	assert_int_equal(c->seen, 3);
	assert_int_equal(c->last, EV_closed);
	char command[256];
	snprintf(
	    command, sizeof command,
	    "cd %s && [ \"$(sed -n 2p journal.jsonl | sha256sum | cut -d' ' -f1)\" = \"$(sed -n 3p journal.jsonl | jq -r .prev)\" ]",
	    c->dir);
	assert_int_equal(system(command), 0);
	struct stat st;
	assert_int_equal(stat(c->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void is_never_created_twice(void **state)
{
	struct ctx *c = *state;
	write_three(c);
	assert_null(journal_create(c->path, 0, &c->e));
	assert_int_equal(c->e.exit, IRS_REFUSED);
}

static void refuses_a_disk_without_room(void **state)
{
	struct ctx *c = *state;
	assert_null(journal_create(c->path, (size_t)1 << 60, &c->e));
	assert_int_equal(c->e.exit, IRS_REFUSED);
	assert_int_equal(access(c->path, F_OK), -1);
}

static void goes_on_where_it_ended(void **state)
{
	struct ctx *c = *state;
	write_three(c);
	struct journal *j = journal_open(c->path, &c->e);
	assert_non_null(j);
	journal_add(j, EV_note, json_pack("{s:s}", "text", "again"));
	journal_close(j);
	assert_true(reads(c));
	assert_int_equal(c->seen, 4);
	assert_int_equal(c->last, EV_note);
}

static void a_torn_end_is_put_aside(void **state)
{
	struct ctx *c = *state;
	static const char *const torn[] = { "{\"seq\":4,", "\0\0\0\0\0" };
	static const size_t size[] = { 9, 5 };
	char aside[128];
	for (int i = 0; i < 2; i++) {
		unlink(c->path);
		write_three(c);
		append(c, torn[i], size[i]);
		assert_true(reads(c));
		assert_int_equal(c->seen, 3);
		struct journal *j = journal_open(c->path, &c->e);
		assert_non_null(j);
		journal_add(j, EV_note, NULL);
		journal_close(j);
		assert_true(reads(c));
		assert_int_equal(c->seen, 4);
		snprintf(aside, sizeof aside, "%s.torn-%d", c->path, i + 1);
		struct stat st;
		assert_int_equal(stat(aside, &st), 0);
		assert_int_equal(st.st_size, size[i]);
	}
}

/* A crash writes no newline behind what it tears: such lines were written whole, once, and who appends must not take them away. */
static void a_whole_line_at_the_end_is_damage(void **state)
{
	struct ctx *c = *state;
	static const char *const end[] = { "{\"seq\":4,\"ev\":\"note\",\"prev\":\"00\"}\n", "garbage\n", "garbage\nand a torn one", "\n" };
	for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
		unlink(c->path);
		write_three(c);
		append(c, end[i], strlen(end[i]));
		assert_true(reads(c));
		assert_int_equal(c->seen, 4);
		assert_int_equal(c->last, EV_damaged);
		struct journal *j = journal_open(c->path, &c->e);
		assert_non_null(j);
		journal_add(j, EV_note, NULL);
		journal_close(j);
		assert_true(reads(c));
		assert_int_equal(c->seen, 5);
		assert_int_equal(c->last, EV_note);
	}
}

static void append_only(struct ctx *c, const char *bytes, size_t n)
{
	unlink(c->path);
	append(c, bytes, n);
	assert_true(reads(c));
}

/* Of a journal that was never more than its first line a crash leaves the beginning of that; anything else was once another journal. */
static void nothing_but_garbage_is_damage(void **state)
{
	struct ctx *c = *state;
	static const char *const bytes[] = { "garbage", "\0\0", "{\"seq\":2,\"t\":\"", "\n", "one\ntwo\nthree" };
	static const size_t size[] = { 7, 2, 14, 1, 13 };
	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		append_only(c, bytes[i], size[i]);
		assert_int_equal(c->seen, 1);
		assert_int_equal(c->last, EV_damaged);
		struct journal *j = journal_open(c->path, &c->e);
		assert_non_null(j);
		journal_add(j, EV_note, NULL);
		journal_close(j);
		assert_true(reads(c));
		assert_int_equal(c->seen, 2);
		assert_int_equal(c->last, EV_note);
	}
	append_only(c, "{\"seq\":1,\"t\":\"2026", 18);
	assert_int_equal(c->seen, 0);
	append_only(c, "", 0);
	assert_int_equal(c->seen, 0);
}

static void every_cut_leaves_whole_lines(void **state)
{
	struct ctx *c = *state;
	write_three(c);
	struct stat st;
	assert_int_equal(stat(c->path, &st), 0);
	for (off_t n = st.st_size; n-- > 0;) {
		assert_int_equal(truncate(c->path, n), 0);
		assert_true(reads(c));
		assert_true(c->seen < 3);
	}
}

enum { NOTES = 4 };
struct told {
	int damaged, last;
};

/* What is told is what was written, in order, or that something is lost. */
static bool hear(void *ctx, enum event ev, const json_t *line)
{
	static const char *const texts[NOTES] = { "the first", "the second", "the third", "the fourth" };
	struct told *t = ctx;
	int i = 0;
	if (ev == EV_damaged) {
		t->damaged++;
		return true;
	}
	const char *text = json_string_value(json_object_get(line, "text"));
	assert_int_equal(ev, EV_note);
	while (i < NOTES && strcmp(text, texts[i]) != 0) i++;
	assert_in_range(i, t->last + 1, NOTES - 1);
	t->last = i;
	return true;
}

static struct told told(struct ctx *c)
{
	struct told t = { 0, -1 };
	assert_true(journal_read(c->path, hear, &t, &c->e));
	return t;
}

static void add_note(struct journal *j, const char *text)
{
	journal_add(j, EV_note, json_pack("{s:s,s:s}", "text", text, "by", "a test"));
	assert_true(journal_sync(j, NULL));
}

/* Of every byte of all lines but the last, whose end would be torn: what was changed is never told, and what follows is. */
static void what_is_damaged_is_not_believed(void **state)
{
	struct ctx *c = *state;
	struct journal *j = journal_create(c->path, 0, &c->e);
	add_note(j, "the first");
	add_note(j, "the second");
	add_note(j, "the third");
	struct stat st;
	assert_int_equal(stat(c->path, &st), 0);
	add_note(j, "the fourth");
	journal_close(j);
	int fd = open(c->path, O_RDWR);
	for (off_t at = 0; at < st.st_size - 1; at++) {
		char b[1];
		assert_int_equal(pread(fd, b, 1, at), 1);
		for (int bit = 0; bit < 8; bit++) {
			char other = (char)(b[0] ^ (1 << bit));
			assert_int_equal(pwrite(fd, &other, 1, at), 1);
			struct told t = told(c);
			assert_true(t.damaged > 0);
			assert_int_equal(t.last, NOTES - 1);
		}
		assert_int_equal(pwrite(fd, b, 1, at), 1);
	}
	close(fd);
	assert_int_equal(told(c).damaged, 0);
}

static void a_damaged_journal_goes_on(void **state)
{
	struct ctx *c = *state;
	struct journal *j = journal_create(c->path, 0, &c->e);
	add_note(j, "the first");
	add_note(j, "the second");
	add_note(j, "the third");
	journal_close(j);
	int fd = open(c->path, O_RDWR);
	assert_int_equal(pwrite(fd, "\0\0\0", 3, 40), 3);
	close(fd);
	assert_int_equal(told(c).damaged, 1);
	j = journal_open(c->path, &c->e);
	assert_non_null(j);
	add_note(j, "the fourth");
	journal_close(j);
	struct told t = told(c);
	assert_int_equal(t.damaged, 1);
	assert_int_equal(t.last, NOTES - 1);
}

static void events_of_later_versions_are_passed_over(void **state)
{
	struct ctx *c = *state;
	FILE *f = fopen(c->path, "w");
	fprintf(f, "{\"seq\":1,\"ev\":\"from-the-future\",\"prev\":\"%064d\"}\n", 0);
	fclose(f);
	assert_true(reads(c));
	assert_int_equal(c->seen, 0);
}

static void one_that_stands_nowhere_is_always_well(void **state)
{
	struct ctx *c = *state;
	struct journal *j = journal_unwritten();
	journal_on_event(j, watched, c);
	journal_add(j, EV_note, NULL);
	journal_add(j, EV_closed, NULL);
	assert_true(journal_sync(j, &c->e));
	assert_false(journal_broken(j));
	journal_close(j);
	assert_int_equal(c->seen, 2);
	assert_int_equal(c->last, EV_closed);
}

static void once_broken_always_broken(void **state)
{
	struct ctx *c = *state;
	struct rlimit old, small = { 4096, 4096 };
	signal(SIGXFSZ, SIG_IGN);
	struct journal *j = journal_create(c->path, 0, &c->e);
	assert_non_null(j);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool ok = true;
	for (int i = 0; ok && i < 1000; i++) {
		journal_add(j, EV_note, json_pack("{s:s}", "text", "some text that takes room"));
		ok = journal_sync(j, &c->e);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_false(ok);
	assert_true(journal_broken(j));
	journal_add(j, EV_note, NULL);
	assert_false(journal_sync(j, &c->e));
	assert_non_null(strstr(c->e.what, "can't be written"));
	journal_close(j);
	assert_true(reads(c));
}

static void chatter_is_capped(void **state)
{
	struct ctx *c = *state;
	char *big = malloc(1 << 20);
	memset(big, 'a', (1 << 20) - 1);
	big[(1 << 20) - 1] = 0;
	struct journal *j = journal_create(c->path, 0, &c->e);
	for (int i = 0; i < 70; i++) journal_add(j, EV_log, json_pack("{s:s}", "text", big));
	journal_add(j, EV_undone, NULL);
	journal_close(j);
	free(big);
	assert_true(reads(c));
	assert_int_equal(c->seen, 64 + 2); /* 64 MiB of it, that it was capped, and what matters */
	assert_int_equal(c->last, EV_undone);
}

static void text_is_made_valid_and_short(void **state)
{
	(void)state;
	json_t *t = journal_text((struct str){ "a\0\xff" "b", 4 }, 100);
	assert_string_equal(json_string_value(t), "a\xef\xbf\xbd\xef\xbf\xbd" "b");
	json_decref(t);
	t = journal_text(STR("abcdef"), 3);
	assert_string_equal(json_string_value(t), "abc…");
	json_decref(t);
}

static void every_event_has_a_name(void **state)
{
	(void)state;
	for (enum event ev = 0; ev < EVENTS; ev++) {
		assert_int_equal(event_named(event_table[ev].name), ev);
		assert_true(*event_table[ev].doc);
	}
	assert_int_equal(event_named("nonsense"), EVENTS);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lines_follow_each_other), TEST(is_never_created_twice), TEST(refuses_a_disk_without_room), TEST(goes_on_where_it_ended),
		TEST(a_torn_end_is_put_aside), TEST(a_whole_line_at_the_end_is_damage), TEST(nothing_but_garbage_is_damage),
		TEST(every_cut_leaves_whole_lines), TEST(what_is_damaged_is_not_believed), TEST(a_damaged_journal_goes_on),
		TEST(events_of_later_versions_are_passed_over), TEST(one_that_stands_nowhere_is_always_well),
		TEST(once_broken_always_broken), TEST(chatter_is_capped),
		TEST(text_is_made_valid_and_short), TEST(every_event_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
