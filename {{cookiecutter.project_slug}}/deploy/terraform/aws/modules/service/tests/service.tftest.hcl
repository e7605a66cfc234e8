# terraform test: without an account of AWS, so that it runs everywhere.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  common = {
    name           = "app-test"
    cluster_arn    = "arn:aws:ecs:eu-central-1:123456789012:cluster/app-test"
    cluster_name   = "app-test"
    subnet_ids     = ["subnet-a", "subnet-b"]
    image          = "app:1"
    repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/app"
    environment    = { A = "from common" }
    secrets        = {}
    secret_arn     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app"
  }
  role              = "worker"
  security_group_id = "sg-1"
  cpu               = 1024
  memory            = 2048
  tasks             = { min = 1, max = 4 }
}

run "two_of_beat_never_run_at_once" {
  command = plan

  variables {
    role    = "beat"
    tasks   = { min = 1, max = 1 }
    overlap = false
  }

  assert {
    condition     = aws_ecs_service.main.desired_count == 1
    error_message = "There must be one."
  }

  assert {
    condition = (
      aws_ecs_service.main.deployment_maximum_percent == 100 &&
      aws_ecs_service.main.deployment_minimum_healthy_percent == 0
    )
    error_message = "The new one must wait until the old one is gone."
  }

  assert {
    condition     = length(aws_appautoscaling_target.main) == 0
    error_message = "Nothing may scale it."
  }
}

run "a_worker_follows_the_backlog" {
  command = plan

  variables {
    backlog = { target = 20, metrics = { waiting = { namespace = "a", metric_name = "b" } } }
  }

  assert {
    condition = strcontains(
      jsonencode(aws_appautoscaling_policy.backlog["tasks"].target_tracking_scaling_policy_configuration),
      "(waiting) / workers",
    )
    error_message = "The metric must be the backlog for each worker."
  }

  assert {
    condition     = length(aws_appautoscaling_policy.cpu) == 0
    error_message = "CPU says nothing about workers that wait."
  }
}

run "own_variables_go_before_common_ones" {
  command = plan

  variables {
    environment = { A = "own" }
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.main.container_definitions)[0].environment == [
      { name = "A", value = "own" }
    ]
    error_message = "The service's own variable is lost."
  }
}

run "a_size_that_fargate_does_not_have" {
  command = plan

  variables {
    cpu    = 256
    memory = 4096
  }

  expect_failures = [var.memory]
}
