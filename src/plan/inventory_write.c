#include <jansson.h>
#include <stdlib.h>

#include "irs/buf.h"
#include "irs/file.h"
#include "irs/inventory.h"

static json_t *variables_of(const struct inventory_host *h)
{
	json_t *v = json_pack("{s:s,s:s,s:s,s:b}", "irs_address", h->address, "ansible_host", h->ssh_name, "irs_transport",
	                      inventory_transport_name(h->transport), "irs_practice", (int)h->practice);
	if (h->consent) json_object_set_new(v, "irs_consent", json_string(h->consent));
	struct buf words = { 0 };
	for (const char **word = h->exec; word && *word; word++) buf_printf(&words, "%s%s", words.n ? " " : "", *word);
	if (h->port) json_object_set_new(v, "irs_port", json_integer(h->port));
	if (h->user) json_object_set_new(v, "irs_user", json_string(h->user));
	if (h->become) json_object_set_new(v, "irs_become", json_true());
	if (h->become) json_object_set_new(v, "irs_become_user", json_string(h->become_user));
	if (words.n) json_object_set_new(v, "irs_exec", json_string(words.p));
	buf_free(&words);
	return v;
}

bool inventory_write(const char *path, const struct inventory_host *const *hosts, size_t n, struct err *e)
{
	json_t *vars = json_object(), *names = json_array();
	for (size_t i = 0; i < n; i++) {
		if (!hosts[i]) continue;
		json_object_set_new(vars, hosts[i]->name, variables_of(hosts[i]));
		json_array_append_new(names, json_string(hosts[i]->name));
	}
	json_t *root = json_pack("{s:{s:o},s:{s:o}}", "_meta", "hostvars", vars, "all", "hosts", names);
	char *text = json_dumps(root, JSON_INDENT(1));
	bool ok = file_write(path, str_of(text), 0600, e);
	free(text);
	json_decref(root);
	return ok;
}
