# How many tasks run, where that is not one number.

resource "aws_appautoscaling_target" "main" {
  for_each = var.tasks.max > var.tasks.min ? { tasks = var.tasks } : {}

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.common.cluster_name}/${aws_ecs_service.main.name}"
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each = var.cpu_target == null ? {} : aws_appautoscaling_target.main

  name               = "${local.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.cpu_target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Tasks that wait or run, for each worker. What waits alone says little: a full worker may leave nothing waiting.
resource "aws_appautoscaling_policy" "backlog" {
  for_each = var.backlog == null ? {} : aws_appautoscaling_target.main

  name               = "${local.name}-backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.backlog.target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    customized_metric_specification {
      metrics {
        id          = "backlog_per_worker"
        label       = "Backlog for each worker"
        expression  = "(${join(" + ", keys(var.backlog.metrics))}) / workers"
        return_data = true
      }

      metrics {
        id          = "workers"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"

            dimensions {
              name  = "ClusterName"
              value = var.common.cluster_name
            }

            dimensions {
              name  = "ServiceName"
              value = aws_ecs_service.main.name
            }
          }
        }
      }

      dynamic "metrics" {
        for_each = var.backlog.metrics

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.metric_name

              dynamic "dimensions" {
                for_each = metrics.value.dimensions

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}
