/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ancestors and creators of a process, in its record.
 */
#ifndef LANNER_READ_ANCESTORS_H
#define LANNER_READ_ANCESTORS_H

#include "base/buffers.h"
#include "wire/config.h"

/* Adds what rules read of current's ancestors and creators to this CPU's record. */
extern int ancestors__add(const struct reads *reads);

#endif
