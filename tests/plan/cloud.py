"""moto's AWS over HTTP, with what Terraform makes in it, and an ECS that does what it is asked.

moto's own registers services and tasks, and that is all: this one has deployments come up or fail, and tasks
end, as a test has told it.
"""

import contextlib
import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from types import SimpleNamespace
from unittest import mock

import boto3
import httpx
from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends
from moto.ecs import urls
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.logs.models import logs_backends
from moto.server import ThreadedMotoServer

from tests.aws import ANY_KEY, REGION, make_key
from tests.plan.stack import Resource, Stack

ACCOUNT = "123456789012"
STAGING, PRODUCTION = "staging", "production"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
POLLS = 2  # in which a deployment is still in progress
ENDED, NOT_STARTED = "Essential container in task exited", "CannotPullContainerError: no such image"


def comes_up(service: Service) -> None:
    service.deployments = [service.deployments[0] | {"rolloutState": "COMPLETED"}]


def goes_back(service: Service) -> None:
    """Have ECS's circuit breaker replace what fails by what ran before."""
    before = service.deployments[1]
    service.deployments = [before | {"status": "PRIMARY", "rolloutState": "COMPLETED"}]
    service.task_definition = before["taskDefinition"]
    service.events.insert(0, {"message": "rolling back to deployment before"})


def gives_up(service: Service) -> None:
    """Have the circuit breaker find nothing to go back to."""
    service.deployments = [service.deployments[0] | {"rolloutState": "FAILED"}]


def hangs(service: Service) -> None:
    """Have both deployments stay, as where the new tasks are started again and again."""


class Cluster(EC2ContainerServiceBackend):
    """ECS, which does what it was told beforehand."""

    # moto looks for it beside the class.
    _url_module = SimpleNamespace(url_bases=urls.url_bases)

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.fates: dict[str, Callable[[Service], None]] = {}  # of releases of a service; else it comes up
        self.polls: Counter[str] = Counter()
        self.updated: list[str] = []
        self.refuses = ""  # why no task is started
        self.exit_code: int | None = 0  # of tasks that are started; None: it never comes to that
        self.says: list[str] = []
        self.started: list[Task] = []

    def update_service(self, service_properties: dict) -> Service:
        service = self._get_service(service_properties["cluster"], service_properties["service"])
        definition = self.describe_task_definition(service_properties["task_definition"])
        if definition.status != "ACTIVE":
            raise EcsClientException("TaskDefinition is inactive")
        self.updated.append(service.name)
        forced = service_properties.get("force_new_deployment")
        super().update_service(service_properties | {"task_definition": definition.arn})
        if forced or service.deployments[0]["taskDefinition"] != definition.arn:
            new = service.deployments[0] | {
                "id": f"deployment-{len(self.updated)}",
                "taskDefinition": definition.arn,
                "rolloutState": "IN_PROGRESS",
            }
            service.deployments = [new, service.deployments[0] | {"status": "ACTIVE"}]
        return service

    def describe_services(self, cluster_str: str, service_names_or_arns: list[str]) -> tuple[list, list]:
        found, missing = super().describe_services(cluster_str, service_names_or_arns)
        for service in found:
            deployment = service.deployments[0]
            if deployment["rolloutState"] == "IN_PROGRESS":
                self.polls[deployment["id"]] += 1
                if self.polls[deployment["id"]] > POLLS:
                    self.fates.get(service.name, comes_up)(service)
        return found, missing

    @staticmethod
    def _calculate_task_resource_requirements(task_definition: object) -> None:
        """Look at no machine's memory: Fargate has none, and moto would miss what each container takes."""

    def run_task(self, *arguments, **options) -> list[Task]:
        tasks = super().run_task(*arguments, **options)
        for task in tasks:
            task.containers[0].exitCode = self.exit_code
            task.stopped_reason = NOT_STARTED if self.exit_code is None else ENDED
            if self.exit_code is not None:
                self._log(task)
        self.started += tasks
        return tasks

    def _log(self, task: Task) -> None:
        """Have its messages where ECS puts those of a container."""
        definition = self.describe_task_definition(task.task_definition_arn)
        container = definition.container_definitions[0]
        options = container["logConfiguration"]["options"]
        stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
        logs = logs_backends[self.account_id][self.region_name]
        logs.create_log_stream(options["awslogs-group"], stream)
        messages = [{"timestamp": 1000 + number, "message": text} for number, text in enumerate(self.says)]
        logs.groups[options["awslogs-group"]].streams[stream].put_log_events(messages)


class Answers(EC2ContainerServiceResponse):
    """What moto has no answer for."""

    def run_task(self) -> ActionResult:
        if self.ecs_backend.refuses:
            return ActionResult({"tasks": [], "failures": [{"reason": self.ecs_backend.refuses}]})
        return super().run_task()

    def list_task_definitions(self) -> ActionResult:
        found = self.ecs_backend.list_task_definitions(self._get_param("familyPrefix"))
        return ActionResult({"taskDefinitionArns": found[:: -1 if self._get_param("sort") == "DESC" else 1]})

    def execute_command(self) -> ActionResult:
        asked = {name: self._get_param(name) for name in ("cluster", "task", "container", "command")}
        (task,) = self.ecs_backend.describe_tasks(asked["cluster"], [asked["task"]])
        task.containers[0].runtimeId = "runtime"
        session = {"sessionId": asked["command"], "streamUrl": "wss://example.com", "tokenValue": "token"}
        return ActionResult({
            "clusterArn": task.cluster_arn,
            "taskArn": task.task_arn,
            "containerName": asked["container"],
            "session": session,
        })  # fmt: skip


Cluster._url_module.url_paths = {"{0}/$": Answers.dispatch}


class Cloud:
    """An account with all that a project's roots of Terraform have made."""

    def __init__(self, endpoint: str, bootstrap: Stack, staging: Stack):
        self.endpoint, self.bootstrap, self.staging = endpoint, bootstrap, staging
        self.project = staging.name.removesuffix(f"-{STAGING}")
        self.administrator = self.deployer = ANY_KEY
        self.http = httpx.Client(base_url=f"{endpoint}/moto-api/")
        self.client = cache(self._client)

    def _client(self, service: str):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **ANY_KEY)

    def begin_anew(self, *services: str) -> None:
        """Have nothing but the bootstrap, and staging with these services."""
        self.services = services
        self._tell("reset-auth", content="inf")
        self._tell("reset")
        self.tasks_stop_after(1)
        (repository,) = self.bootstrap.of("aws_ecr_repository")
        self.client("ecr").create_repository(
            repositoryName=repository["name"], imageTagMutability=repository["image_tag_mutability"]
        )
        self.make(STAGING)
        iam = self.client("iam")
        policies = self.bootstrap.of("aws_iam_role_policy")
        (policy,) = (found for found in policies if found["role"].endswith(f"-deploy-{STAGING}"))
        # moto asks for actions only.
        allowed = [one | {"Resource": "*"} for one in json.loads(policy["policy"])["Statement"]]
        self.deployer = key_of(iam, "deployer", *allowed)
        self.administrator = key_of(iam, "administrator", EVERYTHING)
        self._tell("reset-auth", content="0")  # from here on, policies count

    @contextlib.contextmanager
    def unguarded(self) -> Iterator[None]:
        """Let the clients of this do anything."""
        self._tell("reset-auth", content="inf")
        yield
        self._tell("reset-auth", content="0")

    def _tell(self, what: str, **content: object) -> None:
        self.http.post(what, **content).raise_for_status()

    def make(self, environment: str) -> None:
        """Make an environment as staging is planned: both call the same modules."""
        name = f"{self.project}-{environment}"
        ecs, ec2, logs = self.client("ecs"), self.client("ec2"), self.client("logs")
        ecs.create_cluster(clusterName=name)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        for service in self.services:
            definition = self._configured(service, environment)
            (container,) = definition["containerDefinitions"]
            logs.create_log_group(logGroupName=container["logConfiguration"]["options"]["awslogs-group"])
            ecs.register_task_definition(**definition)
            group = ec2.create_security_group(GroupName=f"{name}-{service}", Description=service, VpcId=vpc)
            network = {
                "subnets": [subnet],
                "securityGroups": [group["GroupId"]],
                "assignPublicIp": "DISABLED",
            }
            made = self.staging.services[service]
            ecs.create_service(
                cluster=name, serviceName=made["name"], taskDefinition=definition["family"],
                desiredCount=made["desired_count"], launchType="FARGATE",
                networkConfiguration={"awsvpcConfiguration": network},
            )  # fmt: skip
            (deployment,) = self.service(service, environment).deployments
            has_image = not container["image"].endswith(":unreleased")
            deployment["rolloutState"] = "COMPLETED" if has_image else "FAILED"

    def _configured(self, service: str, environment: str) -> dict:
        """Return the task definition that Terraform makes."""
        definition = definition_of(self.staging.task(self.staging.services[service]))
        name = f"{self.project}-{environment}"
        return json.loads(json.dumps(definition).replace(self.staging.name, name))

    @property
    def ecs(self) -> Cluster:
        return ecs_backends[ACCOUNT][REGION]

    def service(self, service: str, environment: str = STAGING) -> Service:
        return self.ecs._get_service(f"{self.project}-{environment}", service)

    def definition(self, arn: str) -> dict:
        """Return what can be decided about a task definition."""
        made = copy.deepcopy(self.ecs.describe_task_definition(arn))
        return {
            name: value for name, value in vars(made).items() if name not in ("arn", "revision", "status")
        }

    def running(self, service: str, environment: str = STAGING) -> str:
        """Return the image of what a service runs."""
        arn = self.service(service, environment).task_definition
        return self.definition(arn)["container_definitions"][0]["image"]

    def revise(self, service: str, change: Callable[[dict], dict]) -> str:
        """Have a revision of what a service is to run, with a change of its container; return its ARN."""
        family = f"{self.project}-{STAGING}-{service}"
        revision = copy.copy(self.ecs.describe_task_definition(family))
        revision.container_definitions = [change(*copy.deepcopy(revision.container_definitions))]
        revision.revision += 1
        revision.arn = f"{revision.arn.rpartition(':')[0]}:{revision.revision}"
        self.ecs.task_definitions[family][revision.revision] = revision
        return revision.arn

    def configure(self, service: str, value: str) -> None:
        """Have Terraform change a variable of a service, which it does in a revision of its own making."""
        (planned,) = self._configured(service, STAGING)["containerDefinitions"]
        self.revise(service, lambda _: planned | {"environment": [{"name": "CHANGED", "value": value}]})

    def release(self, tag: str) -> str:
        """Have an image run, as deploy.sh leaves it; return its tag."""
        if tag not in self.images():
            manifest = json.dumps({"mediaType": MANIFEST, "of": tag})
            ecr_backends[ACCOUNT][REGION].put_image(self.project, manifest, tag)
        for name in set(self.services) - {"pgbouncer"}:
            service = self.service(name)
            service.task_definition = self.revise(name, lambda was: was | {"image": f"repository:{tag}"})
            was = service.deployments[0]
            service.deployments = [
                was | {"taskDefinition": service.task_definition, "rolloutState": "COMPLETED"}
            ]
        return tag

    def tasks_stop_after(self, polls: int) -> None:
        states = 4  # from RUNNING to STOPPED
        steps = {"progression": "manual", "times": max(1, polls // states)}
        self._tell("state-manager/set-transition", json={"model_name": "ecs::task", "transition": steps})

    def images(self) -> list[str]:
        """Return the tags in the repository."""
        found = ecr_backends[ACCOUNT][REGION].repositories[self.project].images
        return [tag for image in found for tag in image.image_tags]


def key_of(iam, name: str, *statements: dict) -> dict[str, str]:
    key = make_key(iam, name, *statements)
    return {"aws_access_key_id": key.access_key, "aws_secret_access_key": key.secret_key}


def definition_of(planned: Resource) -> dict:
    """Return Terraform's task definition as ECS is asked for it."""
    containers = [
        {name: value for name, value in container.items() if value is not None}
        for container in json.loads(planned["container_definitions"])
    ]
    (platform,) = planned["runtime_platform"]
    return {
        "family": planned["family"],
        "containerDefinitions": containers,
        "networkMode": planned["network_mode"],
        "requiresCompatibilities": planned["requires_compatibilities"],
        "cpu": planned["cpu"],
        "memory": planned["memory"],
        "executionRoleArn": planned["execution_role_arn"],
        "taskRoleArn": planned["task_role_arn"],
        "runtimePlatform": {
            "cpuArchitecture": platform["cpu_architecture"],
            "operatingSystemFamily": platform["operating_system_family"],
        },
        "volumes": [volume_of(volume) for volume in planned["volume"]],
    }


def volume_of(planned: dict) -> dict:
    (files,) = planned["efs_volume_configuration"]
    (access,) = files["authorization_config"]
    return {
        "name": planned["name"],
        "efsVolumeConfiguration": {
            "fileSystemId": files["file_system_id"],
            "transitEncryption": files["transit_encryption"],
            "authorizationConfig": {"accessPointId": access["access_point_id"], "iam": access["iam"]},
        },
    }


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve it, and give its address."""
    with mock.patch.object(ecs_backends, "backend", Cluster):
        server = ThreadedMotoServer(port=0, verbose=False)
        server.start()
        try:
            yield "http://{}:{}".format(*server.get_host_and_port())
        finally:
            server.stop()
            ecs_backends.clear()
