/* irs: its subcommands. Each takes its own argv (argv[0] is its name) and returns an enum irs_exit. */
#ifndef IRS_CMD_IRS_H
#define IRS_CMD_IRS_H

#define IRS_COMMAND(name, function, about) int function(int argc, char **argv);
#include "irs/tbl/irs_command.def"
#undef IRS_COMMAND

#endif
