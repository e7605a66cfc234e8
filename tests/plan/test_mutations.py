"""Break each invariant in the generated HCL: it must say so, and Terraform must not."""

from typing import NamedTuple

import pytest

from tests import matrix, rendering
from tests.plan import roots
from tests.plan.invariants import INVARIANTS, wrong


class Mutation(NamedTuple):
    """What to write instead of a text, and the invariant that is to notice; the answers are as in ONLY."""

    file: str
    text: str
    instead: str
    invariant: str
    answers: str = "tier=production"
    root: str = roots.PRODUCTION


SERVICE = "modules/service/main.tf"
SCALING = "modules/service/scaling.tf"
BALANCER = "modules/balancer/main.tf"
MUTATIONS = {
    "beat overlaps": Mutation(
        "modules/stack/tasks.tf", "overlap      = false", "overlap = true", "only_one_beat"
    ),
    "beat is scaled": Mutation(
        "modules/stack/tasks.tf",
        "tasks        = { min = 1, max = 1 }",
        "tasks = { min = 1, max = 2 }",
        "only_one_beat",
    ),
    "no stickiness": Mutation(BALANCER, '"sessionid"', '"session"', "visitors_keep_their_server"),
    "Aurora unencrypted": Mutation(
        "modules/database/cluster.tf",
        "storage_encrypted                   = true",
        "storage_encrypted = false",
        "data_is_encrypted",
    ),
    "PostgreSQL in plain text": Mutation(
        "modules/database/cluster.tf",
        '"rds.force_ssl"\n    value = "1"',
        '"rds.force_ssl"\n    value = "0"',
        "data_is_encrypted",
    ),
    "Valkey in plain text": Mutation(
        "modules/cache/main.tf",
        "transit_encryption_enabled = true",
        "transit_encryption_enabled = false",
        "data_is_encrypted",
    ),
    "queue unencrypted": Mutation(
        "modules/queue/main.tf",
        "sqs_managed_sse_enabled    = true",
        "sqs_managed_sse_enabled = false",
        "data_is_encrypted",
    ),
    "state unencrypted": Mutation(
        "bootstrap/main.tf",
        "bucket = aws_s3_bucket.state.id\n\n  rule {\n    bucket_key_enabled",
        'bucket = "another"\n\n  rule {\n    bucket_key_enabled',
        "data_is_encrypted",
        root="bootstrap",
    ),
    "old TLS": Mutation(
        BALANCER,
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-2016-08",
        "visitors_come_by_tls",
    ),
    "pages are kept": Mutation(
        "modules/cdn/main.tf",
        'target_origin_id         = "app"\n    viewer_protocol_policy   = "redirect-to-https"\n'
        '    allowed_methods          = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]\n'
        '    cached_methods           = ["GET", "HEAD"]\n'
        "    cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id",
        'target_origin_id = "app"\n    viewer_protocol_policy = "redirect-to-https"\n'
        '    allowed_methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]\n'
        '    cached_methods = ["GET", "HEAD"]\n'
        "    cache_policy_id = data.aws_cloudfront_cache_policy.optimized.id",
        "cloudfront_keeps_static_files_only",
    ),
    "the bucket of static files is open or nothing": Mutation(
        "modules/cdn/main.tf",
        "    origin_access_control_id = aws_cloudfront_origin_access_control.static.id\n",
        "",
        "cloudfront_keeps_static_files_only",
    ),
    "sockets are compressed twice": Mutation(
        "modules/cdn/main.tf",
        "compress                 = false",
        "compress = true",
        "cloudfront_keeps_static_files_only",
    ),
    "sockets take the way of requests": Mutation(
        "modules/cdn/main.tf",
        'target_origin_id         = "sockets"',
        'target_origin_id = "app"',
        "sockets_have_their_balancer",
        "tier=scale",
    ),
    "silent sockets are cut off": Mutation(
        BALANCER, "idle_timeout               = 60", "idle_timeout = 30", "sockets_have_their_balancer"
    ),
    "one zone": Mutation(
        "modules/network/main.tf",
        'vpc_id            = aws_vpc.main.id\n  availability_zone = "${var.region}${each.key}"',
        'vpc_id = aws_vpc.main.id\n  availability_zone = "${var.region}a"',
        "a_zone_can_be_lost",
    ),
    "one way out": Mutation(
        f"{roots.PRODUCTION}/sizes.auto.tfvars",
        "one_nat_gateway = false",
        "one_nat_gateway = true",
        "a_zone_can_be_lost",
    ),
    "staging takes the addresses": Mutation(
        f"{roots.STAGING}/main.tf",
        "{ one_nat_gateway = true }",
        "{}",
        "a_zone_can_be_lost",
        root=roots.STAGING,
    ),
    "the proxy takes all connections": Mutation(
        "modules/database/proxy.tf",
        "max_connections_percent = 75",
        "max_connections_percent = 100",
        "the_proxy_leaves_connections_to_others",
    ),
    "silence is fine": Mutation(
        "modules/stack/tasks.tf",
        'periods     = 2\n      missing     = "breaching"',
        'periods     = 2\n      missing     = "notBreaching"',
        "silence_of_beat_is_heard",
    ),
    "tasks in public": Mutation(
        "modules/stack/services.tf",
        "values(module.network.private_subnet_ids)",
        "values(module.network.public_subnet_ids)",
        "tasks_and_data_are_private",
    ),
    "data in public": Mutation(
        "modules/stack/main.tf",
        "values(module.network.data_subnet_ids)",
        "values(module.network.public_subnet_ids)",
        "tasks_and_data_are_private",
    ),
    "tasks have addresses": Mutation(
        SERVICE, "assign_public_ip = false", "assign_public_ip = true", "tasks_and_data_are_private"
    ),
    "bucket can be made public": Mutation(
        "modules/storage/main.tf",
        "restrict_public_buckets = true",
        "restrict_public_buckets = false",
        "buckets_are_private",
    ),
    "database is open": Mutation(
        "modules/database/main.tf",
        "referenced_security_group_id = each.value\n  from_port",
        'cidr_ipv4 = "0.0.0.0/0"\n  from_port',
        "strangers_reach_load_balancers_only",
    ),
    "the number of tasks is set back": Mutation(
        SERVICE,
        "ignore_changes = [desired_count, ",
        "ignore_changes = [",
        "deployments_keep_the_number_of_tasks",
    ),
    "web is scaled late": Mutation(
        "modules/stack/services.tf", "cpu_target        = 50", "cpu_target = 90", "web_is_scaled_on_cpu"
    ),
    "web is scaled in at once": Mutation(
        SCALING, "scale_in_cooldown  = 300", "scale_in_cooldown = 60", "web_is_scaled_on_cpu"
    ),
    "workers are scaled on what waits": Mutation(
        "modules/stack/tasks.tf",
        '"ApproximateNumberOfMessagesNotVisible"',
        '"ApproximateNumberOfMessagesDelayed"',
        "workers_are_scaled_on_backlog",
    ),
    "workers are scaled on CPU": Mutation(
        "modules/stack/tasks.tf",
        "  stop_timeout = 120\n",
        "  stop_timeout = 120\n  cpu_target = 60\n",
        "workers_are_scaled_on_backlog",
    ),
    "tasks are killed early": Mutation(
        "modules/stack/services.tf", "stop_timeout = 30", "stop_timeout = 10", "tasks_end_in_peace"
    ),
    "requests are dropped": Mutation(
        BALANCER, "deregistration_delay = 30", "deregistration_delay = 0", "tasks_end_in_peace"
    ),
    "tasks are delivered twice": Mutation(
        "modules/stack/queue.tf", "4 * 300", "30", "no_task_is_delivered_while_it_runs"
    ),
    "one role": Mutation(
        SERVICE, "aws_iam_role.task.arn", "aws_iam_role.execution.arn", "tasks_have_two_roles"
    ),
    "anything is allowed": Mutation(
        "modules/queue/main.tf", '"sqs:ReceiveMessage",', '"sqs:*",', "policies_name_what_they_allow"
    ),
    "production can be deleted": Mutation(
        "environments/production/main.tf",
        "deletion_protection = true",
        "deletion_protection = false",
        "production_can_not_be_deleted",
    ),
    "Aurora's last snapshot is in the way": Mutation(
        "modules/database/cluster.tf",
        "${aws_security_group.main.id}",
        "final",
        "last_snapshots_have_names_of_their_own",
    ),
    "PostgreSQL's last snapshot is in the way": Mutation(
        "modules/database/instance.tf",
        "${aws_security_group.main.id}",
        "final",
        "last_snapshots_have_names_of_their_own",
        "tier=pilot",
    ),
    "Valkey's last snapshot is in the way": Mutation(
        "modules/cache/main.tf",
        "${aws_security_group.main.id}",
        "final",
        "last_snapshots_have_names_of_their_own",
    ),
    "failed deployments stay": Mutation(
        SERVICE, "rollback = true", "rollback = false", "failed_deployments_are_rolled_back"
    ),
    "what runs is deregistered": Mutation(
        SERVICE, "skip_destroy = true", "skip_destroy = false", "what_ran_can_run_again"
    ),
    "liveness is asked for": Mutation(
        BALANCER, '"/health/ready"', '"/health/live"', "readiness_is_asked_for"
    ),
    "a failover ends all tasks": Mutation(
        BALANCER, "unhealthy_threshold = 10", "unhealthy_threshold = 3", "a_failover_replaces_no_task"
    ),
    "a failover ends all sockets": Mutation(
        "modules/balancer/sockets.tf",
        "unhealthy_threshold = 10",
        "unhealthy_threshold = 3",
        "a_failover_replaces_no_task",
        "tier=scale",
    ),
    "deployments wait for ever": Mutation(
        BALANCER, "healthy_threshold   = 2", "healthy_threshold   = 5", "a_failover_replaces_no_task"
    ),
    "no such size of a task": Mutation(
        SERVICE, "memory                   = var.memory", "memory = 1000", "fargate_has_such_tasks"
    ),
    "nobody is told": Mutation(
        "modules/monitoring/main.tf",
        "alarm_actions       = [aws_sns_topic.alarms.arn]",
        "",
        "somebody_is_told",
    ),
    "an alarm watches nothing": Mutation(
        "modules/monitoring/main.tf",
        "dimensions          = each.value.dimensions",
        'dimensions = { for name, value in each.value.dimensions : name => "${value}s" }',
        "alarms_watch_what_exists",
    ),
    "the second node is not watched": Mutation(
        "modules/cache/outputs.tf", "var.replicas + 2", "2", "every_node_of_a_cache_is_watched"
    ),
    "other shards are not watched": Mutation(
        "modules/cache/outputs.tf", "server.shards + 1", "2", "every_node_of_a_cache_is_watched", "tier=scale"
    ),
    "a full cache is an alarm": Mutation(
        "modules/stack/alarms.tf", " if !node.evicts", "", "every_node_of_a_cache_is_watched", "tier=scale"
    ),
    "a tier above scale": Mutation(
        "modules/stack/search.tf",
        "pages don't come alive",
        "next tier",
        "alarms_lead_somewhere",
        "tier=scale",
    ),
    "no way up": Mutation("modules/stack/alarms.tf", "next tier", "tier", "alarms_lead_somewhere"),
    "sockets go in silence": Mutation(
        "modules/stack/search.tf", "AWS/NetworkELB", "AWS/ApplicationELB", "somebody_is_told", "tier=scale"
    ),
    "a variable is missing": Mutation(
        "modules/stack/environment.tf",
        "    TRUSTED_PROXY",
        "    # TRUSTED_PROXY",
        "tasks_get_the_variables_that_settings_declare",
    ),
    "a variable is nobody's": Mutation(
        "modules/stack/environment.tf",
        "    TRUSTED_PROXY",
        '    DEBUG = "1"\n    TRUSTED_PROXY',
        "tasks_get_the_variables_that_settings_declare",
    ),
    "a value is wrong": Mutation(
        "modules/stack/environment.tf", '"aws-alb"', '"alb"', "variables_have_values_that_settings_take"
    ),
    "a secret is shown": Mutation(
        "modules/stack/environment.tf",
        '"aws-alb"',
        "random_password.secret_key.result",
        "secrets_are_kept_as_secrets",
    ),
    "state is overwritten": Mutation(
        "bootstrap/main.tf",
        'status = "Enabled"\n  }\n}',
        'status = "Suspended"\n  }\n}',
        "state_can_be_brought_back",
        root="bootstrap",
    ),
    "logs for ever": Mutation(SERVICE, "retention_in_days = 30", "retention_in_days = 0", "logs_expire"),
    "logs of Aurora for ever": Mutation(
        "modules/database/cluster.tf", '/postgresql"', '/other"', "logs_expire"
    ),
    "logs of PostgreSQL for ever": Mutation(
        "modules/database/instance.tf", "/aws/rds/instance", "/aws/rds/other", "logs_expire", "tier=pilot"
    ),
    "logs of RDS Proxy for ever": Mutation(
        "modules/database/proxy.tf", "/aws/rds/proxy", "/aws/rds/other", "logs_expire"
    ),
    "a process for each CPU of Amazon's machine": Mutation(
        "modules/stack/tasks.tf",
        '"--concurrency=${local.concurrency}",',
        "",
        "workers_compute_on_their_own_cpus",
        "celery=prefork",
    ),
    "any repository deploys": Mutation(
        "bootstrap/roles.tf",
        "${var.github_subject}:environment",
        "repo:*:environment",
        "only_our_repository_deploys",
        root="bootstrap",
    ),
    "a namesake deploys": Mutation(
        "bootstrap/roles.tf",
        "${var.github_subject}:environment",
        'repo:${replace(var.github_subject, "/^repo:|@[0-9]+/", "")}:environment',
        "only_our_repository_deploys",
        root="bootstrap",
    ),
    "any environment deploys": Mutation(
        "bootstrap/roles.tf",
        '"deploy-${name}" => "${var.github_subject}:environment:${name}"',
        '"deploy-${name}" => "${var.github_subject}:environment:staging"',
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "pull requests read the state of production": Mutation(
        "bootstrap/roles.tf",
        'setsubtract(var.environments, ["production"])',
        "var.environments",
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "pull requests read uploads": Mutation(
        "bootstrap/roles.tf",
        '"s3:GetObject", "s3:GetObjectVersion"',
        '"s3:GetObjectVersion"',
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "staging deletes the database of production": Mutation(
        "bootstrap/roles.tf",
        "values   = setsubtract(var.environments, [each.key])",
        "values   = [each.key]",
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "staging reads the state of production": Mutation(
        "bootstrap/roles.tf",
        'actions = ["s3:*"]',
        'actions = ["s3:PutObject"]',
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "staging releases in production": Mutation(
        "bootstrap/roles.tf",
        "${kind}/${var.project}-${each.key}*",
        "${kind}/${var.project}-*",
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
    "workflows ask for other roles": Mutation(
        "bootstrap/roles.tf",
        '"${var.project}-github-${each.key}"',
        '"${var.project}-${each.key}"',
        "environments_have_roles_of_their_own",
        root="bootstrap",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_it_is_noticed(name, providers, tmp_path):
    mutation = MUTATIONS[name]
    answers = matrix.resolve(matrix.FIRST | {"cloud": "aws"} | matrix.only(mutation.answers))
    project = rendering.project_of(answers)
    tree = roots.tree_of(project, tmp_path / "tree", providers)
    tree.replace(mutation.file, mutation.text, mutation.instead)
    root = roots.Root(matrix.label(answers), mutation.root)
    assert wrong(mutation.invariant, roots.applied(tree, root, project))


def test_every_invariant_is_broken_once():
    assert {mutation.invariant for mutation in MUTATIONS.values()} == set(INVARIANTS)
