"""What has to hold of every root. Each invariant returns what is wrong, and test_mutations.py breaks each."""

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from tests.commands import attempt
from tests.environment import python
from tests.plan.aws import ACCOUNT, REGION
from tests.plan.stack import OF_PROJECT, Resource, Stack

Check = Callable[[Stack], Iterator[str]]
INVARIANTS: dict[str, tuple[Check, tuple[str, ...]]] = {}

OUR_METRICS = ""  # whose namespace is the stack's name
ISSUER = "token.actions.githubusercontent.com"
ENVIRONMENTS = ("staging", "production")
REPOSITORY = "repo:somebody@1/something@2"
ANYBODY = ("0.0.0.0/0", "::/0")
PORTS_OF_THE_WEB = (80, 443)
PING = (
    20  # seconds between uvicorn's pings of a socket (its ws_ping_interval, which the project leaves alone)
)
# What attributes of each type that keeps or carries data have to be; "" stands for any value.
ENCRYPTED = {
    "aws_db_instance": {"storage_encrypted": True},
    "aws_db_proxy": {"require_tls": True},
    "aws_efs_file_system": {"encrypted": True},
    "aws_elasticache_replication_group": {
        "at_rest_encryption_enabled": True,
        "transit_encryption_enabled": True,
    },
    "aws_opensearch_domain": {
        "encrypt_at_rest.0.enabled": True,
        "node_to_node_encryption.0.enabled": True,
        "domain_endpoint_options.0.enforce_https": True,
    },
    "aws_rds_cluster": {"storage_encrypted": True},
    "aws_sns_topic": {"kms_master_key_id": ""},
    "aws_sqs_queue": {"sqs_managed_sse_enabled": True},
}
# What CloudWatch calls each type of database, and the argument that names it.
DATABASES = {
    "aws_db_instance": ("instance", "identifier"),
    "aws_rds_cluster": ("cluster", "cluster_identifier"),
}
# Argument of each type that holds subnets which the internet must not reach.
PRIVATE = {
    "aws_db_proxy": "vpc_subnet_ids",
    "aws_db_subnet_group": "subnet_ids",
    "aws_ecs_service": "network_configuration.0.subnets",
    "aws_efs_mount_target": "subnet_id",
    "aws_elasticache_subnet_group": "subnet_ids",
    "aws_opensearch_domain": "vpc_options.0.subnet_ids",
}
# MiB that go with so many units of CPU: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def invariant(*kinds: str) -> Callable[[Check], Check]:
    """Declare what has to hold of these kinds of roots: `environments`, `bootstrap`."""

    def declare(check: Check) -> Check:
        INVARIANTS[check.__name__] = (check, kinds)
        return check

    return declare


def broken(stack: Stack) -> dict[str, list[str]]:
    """Return what is wrong with a root, by the name of the invariant."""
    kind = stack.root.partition("/")[0]
    found = {name: wrong(name, stack) for name, (_, kinds) in INVARIANTS.items() if kind in kinds}
    return {name: problems for name, problems in found.items() if problems}


def wrong(name: str, stack: Stack) -> list[str]:
    """Return what one invariant finds wrong with a root."""
    check, _ = INVARIANTS[name]
    return list(check(stack))


def look(values: object, path: str) -> object:
    """Return what is at a path such as `encrypt_at_rest.0.enabled`, or None."""
    for step in path.split("."):
        if not values:
            return None
        values = values[int(step)] if step.isdigit() else values[step]
    return values


def listed(values: object) -> list:
    return values if isinstance(values, list) else [values]


@invariant("environments")
def only_one_beat(stack: Stack) -> Iterator[str]:
    if ("beat" in stack.services) != (stack.answers["celery"] != "none"):
        yield f"services: {', '.join(stack.services)}"
    if beat := stack.services.get("beat"):
        bounds = ("desired_count", "deployment_minimum_healthy_percent", "deployment_maximum_percent")
        if [beat[name] for name in bounds] != [1, 0, 100]:
            yield f"a deployment may start a second one: {[beat[name] for name in bounds]}"
        if any(stack.scaling(beat)):
            yield "it is scaled"


@invariant("environments")
def visitors_keep_their_server(stack: Stack) -> Iterator[str]:
    """One socket is one connection, so that only what hands on single requests has to know visitors."""
    groups = [group for group in stack.of("aws_lb_target_group") if group["protocol"] == "HTTP"]
    if len(groups) != 1:
        yield f"{len(groups)} target groups for requests"
    for group in groups:
        kept = look(group.values, "stickiness.0") or {}
        wanted = {"type": "app_cookie", "cookie_name": "sessionid"}
        if not wanted.items() <= kept.items() or kept["enabled"] is False:
            yield f"{group.address}: {kept}"


@invariant("environments", "bootstrap")
def data_is_encrypted(stack: Stack) -> Iterator[str]:
    for type_name, wanted in ENCRYPTED.items():
        for found in stack.of(type_name):
            for path, value in wanted.items():
                found_value = look(found.values, path)
                if not found_value or (value and str(found_value).lower() != str(value).lower()):
                    yield f"{found.address}: {path} is {found_value}"
    encrypted = {found["bucket"] for found in stack.of("aws_s3_bucket_server_side_encryption_configuration")}
    for bucket in stack.of("aws_s3_bucket"):
        if bucket["id"] not in encrypted:
            yield f"{bucket.address} has no encryption of its own"
    for group in stack.of("aws_db_parameter_group", "aws_rds_cluster_parameter_group"):
        if {"rds.force_ssl": "1"}.items() - {one["name"]: one["value"] for one in group["parameter"]}.items():
            yield f"{group.address} allows connections in plain text"


@invariant("environments")
def visitors_come_by_tls(stack: Stack) -> Iterator[str]:
    inside = {balancer["arn"] for balancer in stack.of("aws_lb") if balancer["internal"]}
    for listener in stack.of("aws_lb_listener"):
        if listener["protocol"] == "TCP" and listener["load_balancer_arn"] in inside:
            continue  # CloudFront comes here through AWS's own network, which encrypts
        redirect = look(listener.values, "default_action.0.redirect.0") or {}
        encrypted = listener["protocol"] in ("HTTPS", "TLS") and "TLS13" in listener["ssl_policy"]
        if not encrypted and redirect.get("protocol") != "HTTPS":
            yield f"{listener.address} serves {listener['protocol']}"
    for distribution in stack.of("aws_cloudfront_distribution"):
        certificate = look(distribution.values, "viewer_certificate.0") or {}
        if not str(certificate.get("minimum_protocol_version")).startswith("TLSv1.2"):
            yield f"{distribution.address} allows {certificate.get('minimum_protocol_version')}"
        behaviors = distribution["default_cache_behavior"] + (distribution["ordered_cache_behavior"] or [])
        if {one["viewer_protocol_policy"] for one in behaviors} - {"redirect-to-https", "https-only"}:
            yield f"{distribution.address} serves plain HTTP"


@invariant("environments")
def cloudfront_keeps_static_files_only(stack: Stack) -> Iterator[str]:
    """All else depends on who asks. Uploads and sockets go through as they are."""
    policies = {one["id"]: one["name"] for one in stack.read("aws_cloudfront_cache_policy")}
    for distribution in stack.of("aws_cloudfront_distribution"):
        origins = {origin["origin_id"]: origin for origin in distribution["origin"]}
        behaviors = {one["path_pattern"]: one for one in distribution["ordered_cache_behavior"]}
        missing = {"/static/*", "/media/*", "/ws/*"} - behaviors.keys()
        if missing:
            yield f"nothing is said of {missing}"
        for path, one in {**behaviors, "*": distribution["default_cache_behavior"][0]}.items():
            kept = policies[one["cache_policy_id"]] != "Managed-CachingDisabled"
            signed = bool(origins[one["target_origin_id"]]["origin_access_control_id"])
            if not kept == signed == (path == "/static/*"):
                yield f"{path} is kept: {kept}; comes from a bucket: {signed}"
            if path in ("/media/*", "/ws/*") and one["compress"]:
                yield f"{path} is compressed"
            if not signed and not one["origin_request_policy_id"]:
                yield f"{path} gets no cookies"


@invariant("environments")
def sockets_have_their_balancer(stack: Stack) -> Iterator[str]:
    """At scale, where the one for requests would hold each connection twice."""
    balancers = {balancer["dns_name"]: balancer for balancer in stack.of("aws_lb")}
    wanted = "network" if stack.answers["tier"] == "scale" else "application"
    for distribution in stack.of("aws_cloudfront_distribution"):
        origins = {origin["origin_id"]: origin["domain_name"] for origin in distribution["origin"]}
        for one in distribution["ordered_cache_behavior"]:
            if one["path_pattern"] == "/ws/*":
                kind = balancers[origins[one["target_origin_id"]]]["load_balancer_type"]
                if kind != wanted:
                    yield f"they go through an {kind} load balancer"
    for balancer in stack.of("aws_lb"):
        if balancer["load_balancer_type"] == "application" and balancer["idle_timeout"] <= 2 * PING:
            yield f"{balancer.address} cuts off what is silent for {balancer['idle_timeout']} s"


@invariant("environments")
def a_zone_can_be_lost(stack: Stack) -> Iterator[str]:
    zones = {subnet["id"]: subnet["availability_zone"] for subnet in stack.of("aws_subnet")}
    wanted = {"pilot": 2, "production": 2, "scale": 3}[stack.answers["tier"]]
    for type_name, path in PRIVATE.items():
        for found in stack.of(type_name):
            subnets = listed(look(found.values, path))
            if len(subnets) > 1 and len({zones[subnet] for subnet in subnets}) != wanted:
                yield f"{found.address} is in {sorted({zones[subnet] for subnet in subnets})}"
    gateways = {zones[gateway["subnet_id"]] for gateway in stack.of("aws_nat_gateway")}
    one = stack.answers["tier"] == "pilot" or stack.root == "environments/staging"
    if len(gateways) != (1 if one else wanted):
        yield f"ways out are in {sorted(gateways)}"


@invariant("environments")
def the_proxy_leaves_connections_to_others(stack: Stack) -> Iterator[str]:
    if bool(stack.of("aws_db_proxy")) != (stack.answers["database_pooling"] == "managed"):
        yield "there is one where nobody asked, or none"
    for group in stack.of("aws_db_proxy_default_target_group"):
        share = look(group.values, "connection_pool_config.0.max_connections_percent")
        if share != 75:
            yield f"it may take {share} %"
    for proxy in stack.of("aws_db_proxy"):
        if proxy["idle_client_timeout"] != 28_800:
            yield f"it hangs up after {proxy['idle_client_timeout']} s"


@invariant("environments")
def tasks_and_data_are_private(stack: Stack) -> Iterator[str]:
    if not (stack.public_subnets and stack.private_subnets):
        yield f"public: {stack.public_subnets}, private: {stack.private_subnets}"
    for type_name, path in PRIVATE.items():
        for found in stack.of(type_name):
            subnets = set(listed(look(found.values, path)))
            if not subnets <= stack.private_subnets:
                yield f"{found.address} is in {subnets - stack.private_subnets}"
    for service in stack.of("aws_ecs_service"):
        if look(service.values, "network_configuration.0.assign_public_ip"):
            yield f"{service.address} has a public address"
    for database in stack.of("aws_db_instance", "aws_rds_cluster_instance"):
        if database["publicly_accessible"]:
            yield f"{database.address} has a public address"


@invariant("environments", "bootstrap")
def buckets_are_private(stack: Stack) -> Iterator[str]:
    blocks = {found["bucket"]: found for found in stack.of("aws_s3_bucket_public_access_block")}
    rules = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    for bucket in stack.of("aws_s3_bucket"):
        block = blocks.get(bucket["id"])
        if not (block and all(block[rule] for rule in rules)):
            yield f"{bucket.address} can be made public"


@invariant("environments")
def strangers_reach_load_balancers_only(stack: Stack) -> Iterator[str]:
    balancers = {group for balancer in stack.of("aws_lb") for group in balancer["security_groups"] or []}
    for found in stack.of("aws_vpc_security_group_ingress_rule"):
        if {found["cidr_ipv4"], found["cidr_ipv6"]} & set(ANYBODY):
            ports = (found["from_port"], found["to_port"])
            if found["security_group_id"] not in balancers or set(ports) - set(PORTS_OF_THE_WEB):
                yield f"{found.address} lets anybody in to {ports}"
    for group in stack.of("aws_security_group"):
        for rule in group["ingress"] or []:
            if set(rule["cidr_blocks"] or []) & set(ANYBODY):
                yield f"{group.address} has rules of its own: {rule}"


@invariant("environments")
def deployments_keep_the_number_of_tasks(stack: Stack) -> Iterator[str]:
    """Terraform would set it back to what it was before autoscaling. The state doesn't know; the HCL does."""
    for file in (stack.hcl / "modules").rglob("*.tf"):
        for block in re.findall(
            r'^resource "aws_ecs_service".*?^\}', file.read_text(), re.MULTILINE | re.DOTALL
        ):
            if not re.search(r"ignore_changes\s+= \[[^\]]*\bdesired_count\b", block):
                yield f"{file.name} sets desired_count"


@invariant("environments")
def web_is_scaled_on_cpu(stack: Stack) -> Iterator[str]:
    targets, policies = stack.scaling(stack.services["web"])
    if stack.answers["tier"] == "pilot":  # has as many as it needs to lose one
        if targets or stack.services["web"]["desired_count"] != 2:
            yield f"{stack.services['web']['desired_count']} tasks, {len(targets)} targets"
        return
    wanted = {
        "target_value": 50,
        "scale_out_cooldown": 60,
        "scale_in_cooldown": 300,
        "predefined_metric_specification.0.predefined_metric_type": "ECSServiceAverageCPUUtilization",
    }
    tracked = [look(policy.values, "target_tracking_scaling_policy_configuration.0") for policy in policies]
    if not any(all(look(one, path) == value for path, value in wanted.items()) for one in tracked):
        yield f"by {tracked}"
    yield from no_room(targets)


@invariant("environments")
def workers_are_scaled_on_backlog(stack: Stack) -> Iterator[str]:
    if "worker" not in stack.services or stack.answers["tier"] == "pilot":
        return
    targets, policies = stack.scaling(stack.services["worker"])
    texts = [json.dumps(policy.values) for policy in policies]
    if not any("QueueBacklog" in text or "ApproximateNumberOfMessagesNotVisible" in text for text in texts):
        yield "nothing counts the tasks that wait and run"
    if stack.answers["celery"] == "gevent" and any("CPUUtilization" in text for text in texts):
        yield "by CPU, which tasks that wait don't use"
    yield from no_room(targets)


def no_room(targets: list[Resource]) -> Iterator[str]:
    if len(targets) != 1:
        yield f"{len(targets)} targets"
    for target in targets:
        if not 0 < target["min_capacity"] < target["max_capacity"]:
            yield f"from {target['min_capacity']} to {target['max_capacity']}"


@invariant("environments")
def workers_compute_on_their_own_cpus(stack: Stack) -> Iterator[str]:
    """Celery takes the CPUs of the machine, of which Fargate says nothing."""
    if stack.answers["celery"] == "prefork":
        task = stack.task(stack.services["worker"])
        (container,) = json.loads(task["container_definitions"])
        if f"--concurrency={max(1, int(task['cpu']) // 1024)}" not in container["command"]:
            yield f"{container['command']} with {task['cpu']} of 1024 for a CPU"


@invariant("environments")
def tasks_end_in_peace(stack: Stack) -> Iterator[str]:
    """A load balancer waits for running requests, gunicorn does, and Fargate kills after both."""
    gunicorn = (stack.project / "config/gunicorn.py").read_text()
    graceful = int(re.search(r"^graceful_timeout = (\d+)", gunicorn, re.MULTILINE)[1])
    for name, container in stack.containers():
        if not graceful < container.get("stopTimeout", 30) <= 120:
            yield f"{name} is killed after {container.get('stopTimeout')} s"
    for group in stack.of("aws_lb_target_group"):
        if not graceful <= int(group["deregistration_delay"]) <= 120:
            yield f"{group.address} drops requests after {group['deregistration_delay']} s"


@invariant("environments")
def no_task_is_delivered_while_it_runs(stack: Stack) -> Iterator[str]:
    settings = stack.project / "config/settings/celery.py"
    dead_letters = [json.loads(queue["redrive_policy"] or "{}") for queue in stack.of("aws_sqs_queue")]
    targets = {policy["deadLetterTargetArn"] for policy in dead_letters if policy}
    queues = [queue for queue in stack.of("aws_sqs_queue") if queue["arn"] not in targets]
    if bool(queues) != (stack.answers["broker"] == "sqs"):
        yield f"{len(queues)} queues"
    for queue in queues:
        limit = int(re.search(r"^CELERY_TASK_TIME_LIMIT = (\d+)", settings.read_text(), re.MULTILINE)[1])
        if queue["visibility_timeout_seconds"] != 4 * limit:  # as that file says, and `make doctor` wants
            yield f"{queue.address} delivers again after {queue['visibility_timeout_seconds']} s"
        if not queue["redrive_policy"]:
            yield f"{queue.address} delivers for ever what ends its worker"


@invariant("environments")
def tasks_have_two_roles(stack: Stack) -> Iterator[str]:
    starting = {found["execution_role_arn"] for found in stack.of("aws_ecs_task_definition")}
    running = {found["task_role_arn"] for found in stack.of("aws_ecs_task_definition")}
    if None in starting | running or starting & running:
        yield f"{starting & running} starts tasks and is what they run as"


@invariant("environments", "bootstrap")
def policies_name_what_they_allow(stack: Stack) -> Iterator[str]:
    for found in stack.of("aws_iam_role_policy", "aws_iam_policy"):
        for statement in listed(json.loads(found["policy"])["Statement"]):
            actions = listed(statement.get("Action", "*"))
            if statement["Effect"] == "Allow" and any(
                action.endswith(("*:*", ":*")) or action == "*" for action in actions
            ):
                yield f"{found.address} allows {actions}"


@invariant("environments")
def production_can_not_be_deleted(stack: Stack) -> Iterator[str]:
    if stack.root != "environments/production":
        return
    for database in stack.of("aws_db_instance", "aws_rds_cluster"):
        if not database["deletion_protection"]:
            yield f"{database.address} can be deleted"
        if database["skip_final_snapshot"]:
            yield f"{database.address} leaves no snapshot"
        if database["backup_retention_period"] < 7:
            yield f"{database.address} keeps backups for {database['backup_retention_period']} days"
    for balancer in stack.of("aws_lb"):
        if not balancer["enable_deletion_protection"]:
            yield f"{balancer.address} can be deleted"


@invariant("environments")
def last_snapshots_have_names_of_their_own(stack: Stack) -> Iterator[str]:
    """Or an environment could be destroyed once: the snapshot of before is still there under that name."""
    groups = stack.by_id("aws_security_group")
    for found in stack.of("aws_db_instance", "aws_rds_cluster", "aws_elasticache_replication_group"):
        name = found["final_snapshot_identifier"]
        if name and not any(name.endswith(f"-{group}") for group in groups):
            yield f"{found.address} always leaves {name}"


@invariant("environments")
def failed_deployments_are_rolled_back(stack: Stack) -> Iterator[str]:
    for service in stack.of("aws_ecs_service"):
        breaker = look(service.values, "deployment_circuit_breaker.0") or {}
        if not (breaker.get("enable") and breaker.get("rollback")):
            yield f"{service.address}: {breaker}"


@invariant("environments")
def what_ran_can_run_again(stack: Stack) -> Iterator[str]:
    """Terraform would deregister the old task definition with each change, and ECS starts none of those."""
    for definition in stack.of("aws_ecs_task_definition"):
        if not definition["skip_destroy"]:
            yield f"{definition.address} is gone when it changes"


@invariant("environments")
def logs_expire(stack: Stack) -> Iterator[str]:
    """What AWS makes by itself for logs, where nothing is there, keeps them for ever."""
    kept = {group["name"]: group["retention_in_days"] for group in stack.of("aws_cloudwatch_log_group")}
    written = [f"/aws/rds/proxy/{found['name']}" for found in stack.of("aws_db_proxy")]
    for type_name, (kind, name) in DATABASES.items():
        for found in stack.of(type_name):
            logs = found["enabled_cloudwatch_logs_exports"]
            written += [f"/aws/rds/{kind}/{found[name]}/{log}" for log in logs]
    for name in (*kept, *written):
        if not kept.get(name):
            yield f"{name} grows for ever"


@invariant("environments")
def readiness_is_asked_for(stack: Stack) -> Iterator[str]:
    for group in stack.of("aws_lb_target_group"):
        path = look(group.values, "health_check.0.path")
        if path != "/health/ready":
            yield f"{group.address} asks for {path}"


@invariant("environments")
def a_failover_replaces_no_task(stack: Stack) -> Iterator[str]:
    """ECS replaces what a load balancer gives up, and a failover of what all tasks share takes minutes."""
    for group in stack.of("aws_lb_target_group"):
        probes = look(group.values, "health_check.0")
        patience = probes["interval"] * probes["unhealthy_threshold"]
        if patience < 300:
            yield f"{group.address} gives a task up after {patience} s"
        if probes["interval"] * probes["healthy_threshold"] > 60:
            yield f"{group.address} makes a deployment wait for {probes['healthy_threshold']} probes"


@invariant("environments")
def fargate_has_such_tasks(stack: Stack) -> Iterator[str]:
    for definition in stack.of("aws_ecs_task_definition"):
        cpu, memory = int(definition["cpu"]), int(definition["memory"])
        if memory not in FARGATE.get(cpu, ()):
            yield f"{definition.address}: {cpu} units of CPU with {memory} MiB"


# What somebody has to be told of, as (namespace, metric), by the answers that have it: the guide's triggers
# for the next tier, and what ordinary deaths look like.
WATCHED = (
    ({}, [("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"), ("AWS/ApplicationELB", "UnHealthyHostCount")]),
    ({"tier": ["pilot"]}, [
        ("AWS/ECS", "CPUUtilization"),
        ("AWS/ECS", "MemoryUtilization"),
        ("AWS/ApplicationELB", "TargetResponseTime"),
        ("AWS/RDS", "DatabaseConnections"),
        ("AWS/RDS", "FreeStorageSpace"),
    ]),
    ({"tier": ["production"]}, [
        ("ECS/ContainerInsights", "RunningTaskCount"),
        ("AWS/RDS", "ServerlessDatabaseCapacity"),
        ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"),
        ("AWS/ApplicationELB", "RequestCount"),
    ]),
    ({"tier": ["scale"]}, [
        ("AWS/RDS", "AuroraReplicaLagMaximum"),
        ("AWS/ES", "ClusterStatus.red"),
        ("AWS/NetworkELB", "HealthyHostCount"),
        ("AWS/ES", "FreeStorageSpace"),
    ]),
    ({"celery": ["gevent", "prefork"]}, [(OUR_METRICS, "QueueBacklog")]),
    ({"broker": ["sqs"]}, [("AWS/SQS", "ApproximateNumberOfMessagesVisible")]),
)  # fmt: skip


@invariant("environments")
def somebody_is_told(stack: Stack) -> Iterator[str]:
    topics = {topic["arn"] for topic in stack.of("aws_sns_topic")}
    watched = set()
    for alarm in stack.of("aws_cloudwatch_metric_alarm"):
        watched.add((alarm["namespace"], alarm["metric_name"]))
        for query in alarm["metric_query"] or []:
            watched |= {(metric["namespace"], metric["metric_name"]) for metric in query["metric"] or []}
        if not set(alarm["alarm_actions"] or []) & topics:
            yield f"{alarm.address} tells nobody"
    for answers, metrics in WATCHED:
        if all(stack.answers[name] in wanted for name, wanted in answers.items()):
            for namespace, metric in metrics:
                if (namespace or stack.name, metric) not in watched:
                    yield f"no alarm for {metric}"


@invariant("environments")
def alarms_lead_somewhere(stack: Stack) -> Iterator[str]:
    """To the next tier, unless there is none."""
    told = [alarm.address for alarm in stack.of("aws_cloudwatch_metric_alarm") if "next tier" in str(alarm)]
    if bool(told) != (stack.answers["tier"] != "scale"):
        yield f"these speak of the next tier: {told}"


@invariant("environments")
def every_node_of_a_cache_is_watched(stack: Stack) -> Iterator[str]:
    """Each has a thread and a memory of its own. Who may forget has its memory full, as it is meant to be."""
    rules = {group["name"]: str(group["parameter"]) for group in stack.of("aws_elasticache_parameter_group")}
    for cache in stack.of("aws_elasticache_replication_group"):
        nodes = cache["num_cache_clusters"] or (
            cache["num_node_groups"] * (1 + cache["replicas_per_node_group"])
        )
        forgets = "allkeys" in rules[cache["parameter_group_name"]]
        wanted = {"EngineCPUUtilization": nodes, "DatabaseMemoryUsagePercentage": 0 if forgets else nodes}
        for metric, number in wanted.items():
            watched = {
                alarm["dimensions"]["CacheClusterId"]
                for alarm in stack.of("aws_cloudwatch_metric_alarm")
                if alarm["metric_name"] == metric
                and re.sub(r"(-\d{4})?-\d{3}$", "", alarm["dimensions"]["CacheClusterId"])
                == cache["replication_group_id"]
            }
            if len(watched) != number:
                yield f"{cache.address}: {metric} of {watched} alone"


@invariant("environments")
def silence_of_beat_is_heard(stack: Stack) -> Iterator[str]:
    """Whoever measures how much waits may be what died: then it is the missing number that has to alarm."""
    counted = [
        alarm
        for alarm in stack.of("aws_cloudwatch_metric_alarm")
        if alarm["metric_name"] == "QueueBacklog" and alarm["statistic"] == "SampleCount"
    ]
    if bool(counted) != ("beat" in stack.services):
        yield f"{len(counted)} alarms"
    for alarm in counted:
        if alarm["treat_missing_data"] != "breaching":
            yield f"{alarm.address} takes silence for {alarm['treat_missing_data']}"


@invariant("environments")
def alarms_watch_what_exists(stack: Stack) -> Iterator[str]:
    """A dimension with a wrong value is no error to CloudWatch: the alarm never fires."""
    known = {str(value) for found in stack.resources for value in found.values.values() if value} | {ACCOUNT}
    for alarm in stack.of("aws_cloudwatch_metric_alarm"):
        dimensions = [alarm["dimensions"] or {}]
        for query in alarm["metric_query"] or []:
            dimensions += [metric["dimensions"] or {} for metric in query["metric"] or []]
        for name, value in ((name, value) for one in dimensions for name, value in one.items()):
            # Members of a group in ElastiCache have its name, the number of their shard, and their own.
            if value not in known and re.sub(r"(-\d{4})?-\d{3}$", "", value) not in known:
                yield f"{alarm.address}: there is no {name} {value}"


@invariant("environments")
def tasks_get_the_variables_that_settings_declare(stack: Stack) -> Iterator[str]:
    example = (stack.project / ".env.example").read_text()
    required = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    known = set(re.findall(r"^(?:# )?([A-Z]\w+)=", example, re.MULTILINE))
    for name, container in stack.containers():
        if name in OF_PROJECT:
            given = {one["name"] for one in container["environment"] + container["secrets"]}
            if required - given or given - known:
                yield f"{name} lacks {required - given or 'none'}, and nobody reads {given - known or 'any'}"


# Loads one environment after the other, and stops at the first that is refused.
LOAD = """
import json, os, sys
from config import env
for name, values in json.loads(sys.argv[1]).items():
    os.environ.clear()
    os.environ.update(values)
    print(f"{name}:")
    env.load(env.Production)
"""


@invariant("environments")
def variables_have_values_that_settings_take(stack: Stack) -> Iterator[str]:
    """The project's own check, of what each task starts with."""
    environments = {}
    kept = {found["arn"]: found["secret_string"] for found in stack.of("aws_secretsmanager_secret_version")}
    for name, container in stack.containers():
        if name in OF_PROJECT:
            values = {one["name"]: one["value"] for one in container["environment"]}
            for secret in container["secrets"]:
                arn, _, key = secret["valueFrom"].removesuffix("::").rpartition(":")
                values[secret["name"]] = json.loads(kept.get(arn) or "{}").get(key, "")
            environments[name] = values
    done = attempt(python(), "-B", "-c", LOAD, json.dumps(environments), cwd=stack.project)
    if done.returncode:
        yield done.stdout


@invariant("environments")
def secrets_are_kept_as_secrets(stack: Stack) -> Iterator[str]:
    """A task's definition can be read by many. What signs or logs in comes from Secrets Manager."""
    secrets = {found["arn"]: found for found in stack.of("aws_secretsmanager_secret")}
    hidden = {value for found in stack.of("random_password") for value in [found["result"]]}
    for name, container in stack.containers():
        for variable in container["environment"]:
            if any(value in variable["value"] for value in hidden):
                yield f"{name} shows the secret in {variable['name']}"
        for secret in container["secrets"]:
            if not any(secret["valueFrom"].startswith(arn) for arn in secrets):
                yield f"{name}: {secret['name']} comes from {secret['valueFrom']}"


@invariant("bootstrap")
def state_can_be_brought_back(stack: Stack) -> Iterator[str]:
    versioned = {
        found["bucket"]
        for found in stack.of("aws_s3_bucket_versioning")
        if look(found.values, "versioning_configuration.0.status") == "Enabled"
    }
    buckets = stack.of("aws_s3_bucket")
    if not buckets:
        yield "there is no bucket"
    for bucket in buckets:
        if bucket["id"] not in versioned:
            yield f"{bucket.address} keeps no versions"


@invariant("bootstrap")
def only_our_repository_deploys(stack: Stack) -> Iterator[str]:
    """Workflows of all of GitHub are signed by one issuer: what tells them apart is the subject."""
    trusted = 0
    for role in stack.of("aws_iam_role"):
        for statement in listed(json.loads(role["assume_role_policy"])["Statement"]):
            trusted += 1
            subjects = listed(look(statement, "Condition.StringEquals").get(f"{ISSUER}:sub", "anybody"))
            foreign = [one for one in subjects if not one.startswith(f"{REPOSITORY}:")]
            if foreign:
                yield f"{role.address} trusts {foreign}"
            signer = look(statement, "Principal.Federated")
            if signer != f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}":
                yield f"{role.address} trusts what {signer} signs"
            if "pull_request" in str(subjects) and "plan" not in role["name"]:
                yield f"{role.address} trusts what isn't merged"
    if not trusted:
        yield "nobody deploys"


# What the policies of AWS's own that roles have allow, as far as it is asked for here.
MANAGED = {"ReadOnlyAccess": ["logs:Get*", "s3:Get*", "sqs:ReceiveMessage"], "PowerUserAccess": ["[!i]*:*"]}
# What each role is for, and what it must not do to another environment.
PURPOSES = {"plan": "reads its state", "apply": "deletes its database", "deploy": "starts its tasks"}
DEEDS = {
    "reads its state": ("s3:GetObject", "{state}/{environment}.tfstate"),
    "reads its uploads": ("s3:GetObject", "arn:aws:s3:::{project}-{environment}-media-{account}/file"),
    "reads its secrets": ("secretsmanager:GetSecretValue", "{place}:secret:{project}-{environment}/proxy-1"),
    "deletes its database": ("rds:DeleteDBCluster", "{place}:cluster:{project}-{environment}"),
    "starts its tasks": ("ecs:UpdateService", "{place}:service/{project}-{environment}/web"),
    "is its web": ("iam:PassRole", "arn:aws:iam::{account}:role/{project}-{environment}-web"),
    "is allowed what its web is": (
        "iam:PutRolePolicy",
        "arn:aws:iam::{account}:role/{project}-{environment}-web",
    ),
}


@invariant("bootstrap")
def environments_have_roles_of_their_own(stack: Stack) -> Iterator[str]:
    """A workflow of one environment has no rights in another, and a pull request none in production."""
    prefix = f"{stack.of('aws_ecr_repository')[0]['name']}-github-"
    roles = {role["name"].removeprefix(prefix): role for role in stack.of("aws_iam_role")}
    for workflow in (stack.project / ".github/workflows").glob("*.yml"):
        for name in re.findall(r"vars\.AWS_ROLES \}\}-(.+)", workflow.read_text()):
            for environment in ENVIRONMENTS:
                if name.replace("${{ matrix.environment }}", environment) not in roles:
                    yield f"{workflow.name} has no role {name}"
    for name, role in roles.items():
        kind, _, environment = name.partition("-")
        if kind not in PURPOSES:
            yield f"{name} is for nothing"
            continue
        own = environment or "staging"
        context = f"environment:{environment}" if environment else "pull_request"
        if f'"{REPOSITORY}:{context}"' not in role["assume_role_policy"] or REPOSITORY in (
            role["assume_role_policy"].replace(f"{REPOSITORY}:{context}", "")
        ):
            yield f"{name} trusts others than {context}"
        rights = list(rights_of(role, stack))
        for deed in DEEDS:
            for one in ENVIRONMENTS:
                if one != own and may(rights, *deed_to(deed, one, stack), one):
                    yield f"{name} {deed} in {one}"
        if not may(rights, *deed_to(PURPOSES[kind], own, stack), own):
            yield f"{name} doesn't do what it is for"


def rights_of(role: Resource, stack: Stack) -> Iterator[dict]:
    """Return the statements of a role's policies."""
    for policy in stack.of("aws_iam_role_policy"):
        if policy["role"] == role["name"]:
            yield from listed(json.loads(policy["policy"])["Statement"])
    for attached in stack.of("aws_iam_role_policy_attachment"):
        if attached["role"] == role["name"]:
            actions = MANAGED[attached["policy_arn"].rpartition("/")[2]]
            yield {"Effect": "Allow", "Action": actions, "Resource": "*"}


def deed_to(deed: str, environment: str, stack: Stack) -> tuple[str, str]:
    """Return the action, and the ARN of what it is done to."""
    action, arn = DEEDS[deed]
    (state,), (repository,) = stack.of("aws_s3_bucket"), stack.of("aws_ecr_repository")
    place = f"arn:aws:{action.partition(':')[0]}:{REGION}:{ACCOUNT}"
    names = {"project": repository["name"], "environment": environment, "account": ACCOUNT}
    return action, arn.format(state=state["arn"], place=place, **names)


def may(rights: list[dict], action: str, arn: str, environment: str) -> bool:
    """Tell whether rights are enough to do that to what bears an environment's tag, which S3 doesn't ask."""

    def concerned(statement: dict) -> bool:
        tags = statement.get("Condition", {}).get("StringEquals", {}).get("aws:ResourceTag/Environment")
        named = listed(statement.get("Resource", statement.get("NotResource")))
        return (
            any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
            and any(fnmatchcase(arn, pattern) for pattern in named) == ("Resource" in statement)
            and (tags is None or (environment in listed(tags) and not action.startswith("s3:")))
        )

    effects = {statement["Effect"] for statement in rights if concerned(statement)}
    return effects == {"Allow"}
