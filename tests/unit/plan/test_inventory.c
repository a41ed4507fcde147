#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "irs/inventory.h"

struct ctx {
	struct arena *a;
	struct err e;
};

static int setup(void **state)
{
	struct ctx *c = calloc(1, sizeof *c);
	c->a = arena_new(0);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct ctx *c = *state;
	arena_free(c->a);
	free(c);
	return 0;
}

static struct inventory *parse(struct ctx *c, const char *text)
{
	c->e = (struct err){ 0 };
	return inventory_parse(c->a, "inv.json", str_of(text), &c->e);
}

static const char two_groups[] = "{\"_meta\":{\"hostvars\":{"
                                 "\"db1\":{\"irs_address\":\"10.0.0.1\",\"irs_transport\":\"local\",\"irs_practice\":true},"
                                 "\"db2\":{\"ansible_host\":\"10.0.0.2\",\"irs_practice\":\"true\"},"
                                 "\"lb\":{\"irs_address\":\"lb.example\",\"ansible_host\":\"other\"}}},"
                                 "\"all\":{\"children\":[\"ungrouped\",\"site\"]},"
                                 "\"site\":{\"children\":[\"db\",\"front\"]},"
                                 "\"db\":{\"hosts\":[\"db1\",\"db2\"]},"
                                 "\"front\":{\"hosts\":[\"lb\",\"db2\"]}}";

static const struct inventory_host *host(struct inventory *inv, const char *group, size_t i)
{
	const struct inventory_group *g = inventory_group(inv, str_of(group));
	assert_non_null(g);
	assert_true(i < g->hosts.n);
	return g->hosts.at[i];
}

static void reads_groups_and_variables(void **state)
{
	struct inventory *inv = parse(*state, two_groups);
	assert_non_null(inv);
	assert_int_equal(inv->warnings.n, 0);
	assert_string_equal(host(inv, "db", 0)->name, "db1");
	assert_string_equal(host(inv, "db", 0)->address, "10.0.0.1");
	assert_int_equal(host(inv, "db", 0)->transport, TRANSPORT_LOCAL);
	assert_true(host(inv, "db", 0)->practice);
	assert_string_equal(host(inv, "db", 1)->address, "10.0.0.2");
	assert_int_equal(host(inv, "db", 1)->transport, TRANSPORT_SSH);
	assert_true(host(inv, "db", 1)->practice);
	assert_string_equal(host(inv, "front", 0)->address, "lb.example");
	assert_false(host(inv, "front", 0)->practice);
}

static void gathers_children_once_in_file_order(void **state)
{
	struct inventory *inv = parse(*state, two_groups);
	const struct inventory_group *g = inventory_group(inv, STR("site"));
	assert_int_equal(g->hosts.n, 3);
	assert_string_equal(g->hosts.at[0]->name, "db1");
	assert_string_equal(g->hosts.at[1]->name, "db2");
	assert_string_equal(g->hosts.at[2]->name, "lb");
	assert_ptr_equal(g, inventory_group(inv, STR("site")));
	assert_int_equal(inventory_group(inv, STR("all"))->hosts.n, 3);
	assert_int_equal(inventory_group(inv, STR("lb"))->hosts.n, 1);
	assert_null(inventory_group(inv, STR("sitte")));
	assert_string_equal(inventory_nearest(inv, STR("sitte")), "site");
}

static void cycles_end(void **state)
{
	struct inventory *inv =
	    parse(*state, "{\"a\":{\"children\":[\"b\"],\"hosts\":[\"x\"]},\"b\":{\"children\":[\"a\",\"b\"],\"hosts\":[\"y\"]}}");
	assert_non_null(inv);
	assert_int_equal(inventory_group(inv, STR("a"))->hosts.n, 2);
	assert_int_equal(inventory_group(inv, STR("b"))->hosts.n, 2);
}

static void variables_of_all_and_of_a_group(void **state)
{
	struct inventory *inv = parse(*state, "{\"all\":{\"vars\":{\"irs_practice\":true,\"irs_transport\":\"local\"}},"
	                                      "\"g\":{\"hosts\":[\"x\"],\"vars\":{\"irs_address\":\"1.2.3.4\"}},\"h\":[\"y\"],"
	                                      "\"_meta\":{\"hostvars\":{\"y\":{\"irs_practice\":false},\"x\":{\"ansible_host\":\"no\"}}}}");
	assert_non_null(inv);
	assert_true(host(inv, "x", 0)->practice);
	assert_string_equal(host(inv, "x", 0)->address, "1.2.3.4");
	assert_false(host(inv, "h", 0)->practice);
	assert_int_equal(host(inv, "h", 0)->transport, TRANSPORT_LOCAL);
}

static void warns_of_what_is_not_honoured(void **state)
{
	struct inventory *inv = parse(*state, "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_adress\":\"a\",\"ansible_ssh_common_args\":\"-F x\","
	                                      "\"ansible_check_mode\":false,\"mine\":1}}}}");
	assert_non_null(inv);
	assert_int_equal(inv->warnings.n, 2);
	assert_string_equal(inv->warnings.at[0], "the inventory's variable `irs_adress` means nothing here; did you mean `irs_address`?");
	assert_string_equal(inv->warnings.at[1], "the inventory's variable `ansible_ssh_common_args` is not honoured");
}

static void says_how_a_host_is_reached(void **state)
{
	struct inventory *inv = parse(*state, "{\"g\":[\"x\",\"y\",\"z\"],\"_meta\":{\"hostvars\":{"
	                                      "\"x\":{\"irs_port\":2200,\"ansible_port\":22,\"ansible_user\":\"ops\",\"ansible_become\":true,\"ansible_host\":\"x.example\"},"
	                                      "\"y\":{\"ansible_port\":\"2022\",\"irs_become\":\"yes\",\"irs_become_user\":\"app\",\"ansible_become_method\":\"sudo\"},"
	                                      "\"z\":{\"irs_transport\":\"exec\",\"irs_exec\":\" docker  exec -i box-{name} sh\",\"irs_address\":\"10.0.0.9\"}}}}");
	assert_non_null(inv);
	const struct inventory_host *x = host(inv, "x", 0), *y = host(inv, "y", 0), *z = host(inv, "z", 0);
	assert_int_equal(x->port, 2200);
	assert_string_equal(x->user, "ops");
	assert_string_equal(x->ssh_name, "x.example");
	assert_true(x->become);
	assert_string_equal(x->become_user, "root");
	assert_int_equal(y->port, 2022);
	assert_null(y->user);
	assert_string_equal(y->ssh_name, "y");
	assert_string_equal(y->become_user, "app");
	assert_int_equal(z->transport, TRANSPORT_EXEC);
	assert_string_equal(z->exec[0], "docker");
	assert_string_equal(z->exec[3], "box-z");
	assert_string_equal(z->exec[4], "sh");
	assert_null(z->exec[5]);
}

static void two_groups_must_agree_unless_the_host_decides(void **state)
{
	struct ctx *c = *state;
	static const char groups[] = "\"a\":{\"hosts\":[\"x\"],\"vars\":{\"irs_port\":1,\"mine\":1}},\"b\":{\"hosts\":[\"x\"],\"vars\":{\"irs_port\":2,\"mine\":2}}";
	char text[512];
	snprintf(text, sizeof text, "{%s}", groups);
	assert_null(parse(c, text));
	assert_non_null(strstr(c->e.what, "different things of `irs_port`"));
	snprintf(text, sizeof text, "{%s,\"_meta\":{\"hostvars\":{\"x\":{\"irs_port\":3}}}}", groups);
	struct inventory *inv = parse(c, text);
	assert_non_null(inv);
	assert_int_equal(host(inv, "x", 0)->port, 3);
}

static void refuses(void **state)
{
	static const char *const wrong[][2] = {
		{ "", "not JSON" },
		{ "[]", "object of groups" },
		{ "{\"g\":3}", "neither an object nor a list" },
		{ "{\"g\":[\"-oProxyCommand=x\"]}", "not a host's name" },
		{ "{\"g\":[\"a b\"]}", "not a host's name" },
		{ "{\"g\":[\"\"]}", "not a host's name" },
		{ "{\"g\":[1]}", "not a host's name" },
		{ "{\"g\":{\"hosts\":\"x\"}}", "`hosts` is a list" },
		{ "{\"g\":{\"children\":[1]}}", "`children` is a list" },
		{ "{\"_meta\":{\"hostvars\":[]}}", "hostvars" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_address\":\"$(id)\"}}}}", "not an address" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"ansible_host\":\"{{ ip }}\"}}}}", "not an address" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_transport\":\"telnet\"}}}}", "`irs_transport` is" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_practice\":1}}}}", "`irs_practice` is" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_port\":0}}}}", "is a port" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"ansible_port\":\"22x\"}}}}", "is a port" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"ansible_user\":\"-l\"}}}}", "not a user's name" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"ansible_become_method\":\"su\"}}}}", "no other way" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_transport\":\"exec\"}}}}", "`irs_exec` does not say" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_exec\":\"sh -c 'x y'\"}}}}", "no shell reads it" },
		{ "{\"g\":[\"x\"],\"_meta\":{\"hostvars\":{\"x\":{\"irs_exec\":\"  \"}}}}", "is a command" },
		{ "{\"g\":{\"hosts\":[\"x\"],\"vars\":[]}}", "no object" },
		{ "{\"g\":[\"x\"],\"g\":[\"y\"]}", "duplicate" },
	};
	struct ctx *c = *state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_null(parse(c, wrong[i][0]));
		assert_int_equal(c->e.exit, IRS_USAGE);
		if (!strstr(c->e.what, wrong[i][1])) fail_msg("%s: %s", wrong[i][0], c->e.what);
	}
}

static void local_is_this_machine(void **state)
{
	struct ctx *c = *state;
	struct inventory *inv = inventory_local(c->a);
	const struct inventory_host *h = host(inv, "whatever", 0);
	assert_ptr_equal(h, host(inv, "db", 0));
	assert_string_equal(h->name, "localhost");
	assert_int_equal(h->transport, TRANSPORT_LOCAL);
	assert_true(h->practice);
}

static void program(struct ctx *c, const char *script, char *path, size_t n)
{
	snprintf(path, n, "exec:/tmp/irs-inventory-%d", (int)getpid());
	FILE *f = fopen(path + 5, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	assert_int_equal(chmod(path + 5, 0700), 0);
	c->e = (struct err){ 0 };
}

static void runs_a_program(void **state)
{
	struct ctx *c = *state;
	char path[64];
	program(c, "[ \"$1\" = --list ] && echo '{\"g\":[\"x\"]}'", path, sizeof path);
	struct inventory *inv = inventory_read(c->a, path, &c->e);
	assert_non_null(inv);
	assert_string_equal(host(inv, "g", 0)->name, "x");
	program(c, "echo '{}'; exit 3", path, sizeof path);
	assert_null(inventory_read(c->a, path, &c->e));
	assert_non_null(strstr(c->e.what, "exit 3"));
	program(c, "cat /dev/zero", path, sizeof path);
	assert_null(inventory_read(c->a, path, &c->e));
	assert_non_null(strstr(c->e.what, "more than"));
	unlink(path + 5);
	assert_null(inventory_read(c->a, path, &c->e));
	assert_non_null(strstr(c->e.what, "can't be run"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_groups_and_variables, setup, teardown),
		cmocka_unit_test_setup_teardown(gathers_children_once_in_file_order, setup, teardown),
		cmocka_unit_test_setup_teardown(cycles_end, setup, teardown),
		cmocka_unit_test_setup_teardown(variables_of_all_and_of_a_group, setup, teardown),
		cmocka_unit_test_setup_teardown(warns_of_what_is_not_honoured, setup, teardown),
		cmocka_unit_test_setup_teardown(says_how_a_host_is_reached, setup, teardown),
		cmocka_unit_test_setup_teardown(two_groups_must_agree_unless_the_host_decides, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(local_is_this_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(runs_a_program, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
