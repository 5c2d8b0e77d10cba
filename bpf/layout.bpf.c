/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * No program: an object whose BTF holds every type of the ABI, for the generator of Java's layouts. Keys and
 * values come in by their maps; what no map names is named here.
 */
#include "abi/clock.h"
#include "abi/endpoints.h"
#include "abi/events.h"
#include "abi/flows.h"
#include "abi/masquerade.h"
#include "abi/policy.h"
#include "abi/services.h"

enum abi_endpoints abi_endpoints;
enum abi_events abi_events;
enum abi_flows abi_flows;
enum abi_masquerade abi_masquerade;
enum abi_policy abi_policy;
enum abi_services abi_services;
enum config_flag config_flag;
enum counter counter;
enum endpoint_flag endpoint_flag;
enum event_flag event_flag;
enum event_limit event_limit;
enum event_type event_type;
enum flow_flag flow_flag;
enum flow_state flow_state;
enum identity identity;
enum masquerade_flag masquerade_flag;
enum origin_side origin_side;
enum policy_limit policy_limit;
enum reason reason;
enum shape shape;
enum verdict verdict;
struct clock clock;
struct event4 event4;
struct event6 event6;
struct event4_counts event4_counts;
struct event6_counts event6_counts;
