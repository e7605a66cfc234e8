variable "common" {
  description = "What services of one environment have in common."
  type = object({
    name           = string # first part of all names
    cluster_arn    = string
    cluster_name   = string
    subnet_ids     = list(string)
    image          = string # of the first release; deployments replace it
    repository_arn = string
    environment    = map(string)
    secrets        = map(string) # where ECS finds the variables that are secret
    secret_arn     = string      # the secret that holds them
  })
  nullable = false
}

variable "role" {
  description = "What the service does, such as web: its name in the cluster."
  type        = string
  nullable    = false
}

variable "security_group_id" {
  description = "The security group of the tasks."
  type        = string
  nullable    = false
}

variable "command" {
  description = "The command; null for the image's own."
  type        = list(string)
  default     = null
}

variable "cpu" {
  description = "CPU of a task, in units of which 1024 are one."
  type        = number
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.cpu)
    error_message = "Fargate has tasks of 256, 512, 1024, 2048, 4096, 8192 and 16384 units of CPU."
  }
}

variable "memory" {
  description = "Memory of a task, in MiB."
  type        = number
  nullable    = false

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
  validation {
    condition = contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4096 + 1, 1024)
      1024  = range(2048, 8192 + 1, 1024)
      2048  = range(4096, 16384 + 1, 1024)
      4096  = range(8192, 30720 + 1, 1024)
      8192  = range(16384, 61440 + 1, 4096)
      16384 = range(32768, 122880 + 1, 8192)
    }, var.cpu, []), var.memory)
    error_message = "Fargate has no task of ${var.cpu} units of CPU and ${var.memory} MiB of memory."
  }
}

variable "tasks" {
  description = "The least and the largest number of tasks. Where they are equal, nothing is scaled."
  type = object({
    min = number
    max = number
  })
  nullable = false

  validation {
    condition     = var.tasks.min >= 1 && var.tasks.max >= var.tasks.min
    error_message = "There must be one task at least, and max must not be less than min."
  }
}

variable "overlap" {
  description = "Whether new tasks start beside the old ones, or only once these are gone."
  type        = bool
  default     = true
  nullable    = false
}

variable "spot" {
  description = "Whether all tasks but the first run on spare capacity, which AWS may take back."
  type        = bool
  default     = false
  nullable    = false
}

variable "environment" {
  description = "Further environment variables, by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "policies" {
  description = "What the tasks may do, as policies by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "port" {
  description = "The port that the tasks listen on; null for none."
  type        = number
  default     = null
}

variable "target_groups" {
  description = "ARNs of the load balancers' target groups that send to the port, by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "registries" {
  description = "ARNs of the names in DNS that lead to the tasks, by name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "volumes" {
  description = "File systems to mount, by name."
  type = map(object({
    file_system_id  = string
    access_point_id = string
    path            = string
  }))
  default  = {}
  nullable = false
}

variable "health_check" {
  description = "The command that says whether a task is alive; null for none."
  type        = list(string)
  default     = null
}

variable "stop_timeout" {
  description = "Seconds that a task gets to end."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.stop_timeout >= 2 && var.stop_timeout <= 120
    error_message = "Fargate takes 2 to 120 seconds."
  }
}

variable "cpu_target" {
  description = "Percent of CPU that the number of tasks follows; null where it doesn't follow the CPU."
  type        = number
  default     = null
}

variable "backlog" {
  description = "How many Celery tasks one worker is for, and the metrics that add up to the backlog."
  type = object({
    target = number
    metrics = map(object({
      namespace   = string
      metric_name = string
      dimensions  = optional(map(string), {})
    }))
  })
  default = null
}
