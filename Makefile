# irsc and irs. `make` builds, `make demo` and `make test` are all a newcomer needs; docs/HACKING.md is the way through the house.
ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
SAN ?=

PACKAGES := gcc make flex bison pkgconf libuv1-dev libcurl4-openssl-dev libjansson-dev libsodium-dev libpcre2-dev libssl-dev libcmocka-dev \
	jq acl attr e2fsprogs systemd nginx-light openssl nftables iproute2 procps util-linux curl busybox-static mksh shellcheck mandoc clang libclang-rt-dev lua5.4 hyperfine time gcovr \
	libssh2-1-dev openssh-client openssh-server sudo tcsh fish
pkg = $(shell pkg-config --$(1) $(2) 2>/dev/null)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Werror
OPT ?= -O2 -g
CFLAGS += -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) -fPIE -fstack-protector-strong
CFLAGS += $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2)
CFLAGS += -Iinclude -I$(BUILD)/gen -DIRS_DATADIR='"$(PREFIX)/share/irs"'
LDFLAGS += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN)) $(filter --coverage,$(OPT))

IRSC_LIBS := $(call pkg,libs,jansson libsodium libpcre2-8)
IRS_LIBS := $(IRSC_LIBS) $(call pkg,libs,libuv libcurl libssh2 libcrypto)

# Each directory under src/ is an archive; a program takes what it needs of them, from the upper floors down.
DIRS := session compile world lang report vm record http plan sys image base
GEN := $(BUILD)/gen/irs.tab.c $(BUILD)/gen/irs.lex.c
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard src/$(1)/*.c))
archive = $(BUILD)/lib/$(1).a
LANG_GEN_OBJ := $(if $(wildcard grammar/irs.y),$(GEN:$(BUILD)/gen/%.c=$(BUILD)/obj/gen/%.o))
ARCHIVES := $(foreach d,$(DIRS),$(if $(wildcard src/$(d)/*.c),$(call archive,$(d))))
GROUP = -Wl,--start-group $(1) -Wl,--end-group

IRSC_OBJ := $(filter $(BUILD)/obj/src/cmd/irsc% $(BUILD)/obj/src/cmd/cli%,$(call objects,cmd))
IRS_OBJ := $(filter-out $(BUILD)/obj/src/cmd/irsc%,$(call objects,cmd))
IRS_ARCHIVES := $(filter-out $(call archive,compile) $(call archive,lang),$(ARCHIVES))

UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/test_*.c))
TESTS = $(UNIT) $(sort $(wildcard tests/*/*.t))

# `make V=1` shows the commands.
Q := $(if $(V),,@)
PARALLEL := -j$(shell nproc)
QUIETLY := --no-print-directory $(if $(V),,-s)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

.PHONY: all demo test torture deps asan fuzz bench coverage install clean
.SECONDARY:
all: $(BUILD)/irsc $(BUILD)/irs

$(BUILD)/irsc: $(IRSC_OBJ) $(ARCHIVES)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(IRSC_OBJ) $(call GROUP,$(ARCHIVES)) $(IRSC_LIBS)
$(BUILD)/irs: $(IRS_OBJ) $(IRS_ARCHIVES)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(IRS_OBJ) $(call GROUP,$(IRS_ARCHIVES)) $(IRS_LIBS)

define archive_rule
$(call archive,$(1)): $(call objects,$(1)) $(if $(filter lang,$(1)),$(LANG_GEN_OBJ))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach d,$(DIRS),$(eval $(call archive_rule,$(d))))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CFLAGS) -Isrc/lang -Wno-unused-function -Wno-unused-parameter -Wno-sign-compare -MMD -MP -c -o $@ $<
$(BUILD)/gen/irs.tab.c: grammar/irs.y
	@mkdir -p $(@D)
	$(call say,bison,$<)
	$(Q)bison -Wall -Wcounterexamples -Wdangling-alias -Werror --header=$(@:.c=.h) -o $@ $<
$(BUILD)/gen/irs.tab.h: $(BUILD)/gen/irs.tab.c ;
$(BUILD)/gen/irs.lex.c: grammar/irs.l $(BUILD)/gen/irs.tab.h
	$(call say,flex,$<)
	$(Q)flex -o $@ $<
$(call objects,lang): | $(if $(LANG_GEN_OBJ),$(BUILD)/gen/irs.tab.h)
$(call objects,lang) $(BUILD)/obj/tests/unit/lang/%.o: CFLAGS += -Isrc/lang

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(call GROUP,$(ARCHIVES)) $(IRS_LIBS) $(call pkg,libs,cmocka)

deps:
	@tests/deps $(PACKAGES)
demo: deps
	@$(MAKE) $(QUIETLY) $(PARALLEL) all
	@scenarios/demo $(BUILD)
test: deps
	@$(MAKE) $(QUIETLY) $(PARALLEL) all $(UNIT) $(BUILD)/crash-shim.so
	@tests/run $(BUILD) $(TESTS)
unit-%: # make unit-vm: the unit tests of one directory
	@$(MAKE) $(QUIETLY) $(filter $(BUILD)/tests/unit/$*/%,$(UNIT))
	@tests/run $(BUILD) $(filter $(BUILD)/tests/unit/$*/%,$(UNIT))
asan:
	@$(MAKE) $(QUIETLY) test BUILD=$(BUILD)/asan SAN=address,undefined OPT="-O1 -g"

# Fuzz targets are built by clang in a tree of their own: make fuzz [FUZZ_SECONDS=60] [FUZZ=fuzz_image]
FUZZ_SECONDS ?= 60
FUZZ ?= $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
torture: deps # the crash tests at every place, not at every seventh
	@$(MAKE) $(QUIETLY) all $(BUILD)/crash-shim.so
	@CRASH_STRIDE=1 TEST_TIMEOUT=7200 tests/run $(BUILD) $(wildcard tests/crash/*.t)
$(BUILD)/crash-shim.so: tests/crash/shim.c
	@mkdir -p $(@D)
	$(CC) -shared -fPIC -O2 $(WARN) -o $@ $< -ldl
fuzz:
	@$(MAKE) $(QUIETLY) CC=clang BUILD=$(BUILD)/fuzz SAN=address,undefined,fuzzer-no-link OPT="-O1 -g" $(FUZZ:%=$(BUILD)/fuzz/%)
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ)
$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(ARCHIVES)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(call GROUP,$(ARCHIVES)) $(IRS_LIBS)

# Benchmarks print a table of ratios and assert nothing; docs/performance.md quotes it.
BENCH := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/bench_*.c))
bench: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all $(BENCH)
	@tests/bench/run $(BUILD)
$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(call GROUP,$(ARCHIVES)) $(IRS_LIBS)

coverage: deps # an ordinary user's processes can't write their counts beside root's
	@GCOV_ERROR_FILE=/dev/null $(MAKE) $(QUIETLY) test BUILD=$(BUILD)/coverage OPT="-O0 -g --coverage -fprofile-update=atomic" || true
	gcovr -r . --filter src/ --exclude-unreachable-branches --object-directory $(BUILD)/coverage --print-summary -o $(BUILD)/coverage/lines.txt
	@tail -n 3 $(BUILD)/coverage/lines.txt
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/irs/stdlib
	install $(BUILD)/irsc $(BUILD)/irs $(DESTDIR)$(PREFIX)/bin
	install -m 644 stdlib/*.irs $(DESTDIR)$(PREFIX)/share/irs/stdlib
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
