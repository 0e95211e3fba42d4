#!/usr/bin/env bash
# What runs here, and whether the installation is sound.
source "$(dirname "$0")/../_common.sh"
title "Services"
systemprompt infra services status
assert_eq "server" "$(systemprompt --json infra services status | json status)" ok
title "Doctor"
systemprompt doctor
assert_eq "failures" "$(systemprompt --json doctor | json failed)" 0
