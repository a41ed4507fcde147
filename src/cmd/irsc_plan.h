/* irsc_plan: the half of `irsc check` that says what a scenario would do. */
#ifndef IRS_CMD_IRSC_PLAN_H
#define IRS_CMD_IRSC_PLAN_H

#include "cli.h"
#include "irsc_compile.h"

struct plan_options {
	const char *inventory;             /* or NULL */
	struct cli_list targets, set, set_file;
	bool json, all;
};

/* Makes the plan of a checked scenario and prints it. What is wrong with targets and params is added to the compilation's diagnostics; then
 * nothing is printed and false is returned without an error in `e`. */
bool plan_show(struct compilation *c, const struct plan_options *o, struct err *e);

#endif
