# A service of ECS: web, a worker and beat differ in values only.

data "aws_region" "current" {}

locals {
  name = "${var.common.name}-${var.role}"
  # The names under which a deployment starts a new release of the service (deploy/aws/deploy.sh).
  container = var.role

  environment = merge(var.common.environment, var.environment)
  ports       = var.port == null ? [] : [var.port]
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/${var.common.name}/${var.role}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "main" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  # Or the one that runs were gone with the first change, and nothing could go back to it.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  container_definitions = jsonencode([{
    name        = local.container
    image       = var.common.image
    command     = var.command
    essential   = true
    environment = [for name, value in local.environment : { name = name, value = value }]
    secrets     = [for name, reference in var.common.secrets : { name = name, valueFrom = reference }]
    stopTimeout = var.stop_timeout
    healthCheck = var.health_check == null ? null : {
      command     = concat(["CMD"], var.health_check)
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    portMappings = [for port in local.ports : { containerPort = port, protocol = "tcp" }]
    mountPoints  = [for name, volume in var.volumes : { sourceVolume = name, containerPath = volume.path }]
    # Passes signals on, and buries what a shell that is opened in the task leaves behind.
    linuxParameters = { initProcessEnabled = true }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = data.aws_region.current.region
        awslogs-stream-prefix = var.role
      }
    }
  }])

  dynamic "volume" {
    for_each = var.volumes

    content {
      name = volume.key

      efs_volume_configuration {
        file_system_id     = volume.value.file_system_id
        transit_encryption = "ENABLED"

        authorization_config {
          access_point_id = volume.value.access_point_id
          iam             = "ENABLED"
        }
      }
    }
  }
}

resource "aws_ecs_service" "main" {
  name                   = var.role
  cluster                = var.common.cluster_arn
  task_definition        = aws_ecs_task_definition.main.arn
  desired_count          = var.tasks.min
  enable_execute_command = true
  propagate_tags         = "SERVICE"

  deployment_minimum_healthy_percent = var.overlap ? 100 : 0
  deployment_maximum_percent         = var.overlap ? 200 : 100
  # Seconds in which a new task may fail the load balancer's probes.
  health_check_grace_period_seconds = length(var.target_groups) > 0 ? 60 : null

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # With Spot, all but the first task may end with two minutes' notice, at a third of the price.
  dynamic "capacity_provider_strategy" {
    for_each = var.spot ? { FARGATE = { base = 1, weight = 0 }, FARGATE_SPOT = { base = 0, weight = 1 } } : {
      FARGATE = { base = 0, weight = 1 }
    }

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = var.common.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = var.target_groups

    content {
      target_group_arn = load_balancer.value
      container_name   = local.container
      container_port   = var.port
    }
  }

  dynamic "service_registries" {
    for_each = var.registries

    content {
      registry_arn = service_registries.value
    }
  }

  lifecycle {
    # How many run is up to autoscaling, and what runs to deployments.
    ignore_changes = [desired_count, task_definition]
  }
}
