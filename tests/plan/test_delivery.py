"""The rendered scripts that release to AWS, by AWS's own command line against moto; and without their guards.

The account is what Terraform makes of the project's HCL (tests/plan/cloud.py), and the scripts may do there
what the role of GitHub's workflows may. Where nothing is there to do the work, programs in PATH note what
they are asked: `docker`, whose push puts an image into moto's ECR, as there is no registry; `terraform`; and
the Session Manager's plugin. Nobody waits: `sleep` doesn't, and the CLI's waits ask at once, and less often.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from awscli.botocore.loaders import Loader

from tests import matrix, rendering
from tests.desk import Desk
from tests.plan import roots
from tests.plan.cloud import (
    MANIFEST,
    NOT_STARTED,
    PRODUCTION,
    STAGING,
    Cloud,
    gives_up,
    goes_back,
    hangs,
    serving,
)
from tests.services import Server

AWS = matrix.FIRST | {"cloud": "aws"}
# What differs between projects is which services there are.
WHOLE = matrix.resolve(AWS | {"database_pooling": "pgbouncer"})
SMALL = matrix.resolve(AWS | {"celery": "none"})
OF_PROJECT = ("web", "worker", "beat")
PROGRAMS = ("cat", "git", "jq", "make", "mktemp", "rm", "sh")
WAITS = 5  # how often a wait of the CLI asks
NOTE = 'echo "${0##*/} $*" >>"$ASKED"\n'
SHIMS = {
    "docker": NOTE
    + """case $1 in
login) echo "with $(cat)" >>"$ASKED" ;;
push)
    repository=${2%:*}
    aws ecr put-image --repository-name "${repository##*/}" --image-tag "${2##*:}" \\
        --image-manifest "{\\"mediaType\\": \\"$MANIFEST\\", \\"of\\": \\"$2\\"}" >/dev/null
    ;;
esac""",
    "gh": """[ ! -e "$ASKED.stranger" ] || exit 1
cat "$ASKED.subject" """,
    "session-manager-plugin": NOTE,
    "seq": "echo 1 2 3 4 5",  # whatever the number: no more is waited for
    # It can be told to end who waits; not by INT, which is ignored in the background of a shell.
    "sleep": '[ ! -e "$ASKED.interrupt" ] || kill -TERM "$PPID"',
    "terraform": NOTE
    + """[ "$2" != providers ] || : >"${1#-chdir=}/.terraform.lock.hcl"
[ "$2" != plan ] || : >"${1#-chdir=}/plan.tfplan"
[ "$2" != show ] || echo '{"resource_changes": []}'
[ ! -e "$ASKED.fail-$2-$4" ] || exit 1""",
}


class Deployer(Desk):
    """Somebody with few programs, who releases to the cloud."""

    def __init__(self, folder: Path, cloud: Cloud, aws: Path, answers: matrix.Answers = WHOLE):
        self.cloud, self.programs, self.asked_file = cloud, folder / "programs", folder / "asked"
        self.github = folder / "asked.subject"
        project = rendering.project_of(answers)
        shutil.copytree(project / "deploy", folder / "project/deploy")
        for name in (".gitignore", "Makefile"):
            shutil.copy(project / name, folder / "project" / name)
        self.programs.mkdir()
        for program in PROGRAMS:
            (self.programs / program).symlink_to(shutil.which(program))
        (self.programs / "aws").symlink_to(aws)
        (self.programs / "python3").symlink_to(sys.executable)
        for name, does in SHIMS.items():
            shim = self.programs / name
            shim.write_text(f"#!/bin/sh\n{does}\n")
            shim.chmod(0o755)
        key, secret = cloud.deployer.values()
        environment = {
            "PATH": str(self.programs),
            "HOME": str(aws.parent),
            "TMPDIR": str(folder),
            "ASKED": str(self.asked_file),
            "MANIFEST": MANIFEST,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
        }
        super().__init__(folder / "project", environment)

    def commit(self) -> str:
        with (self.folder / "changes").open("a") as file:
            file.write("One more.\n")
        return super().commit()

    def without(self, file: str, text: str, instead: str) -> None:
        """Take something out of a script."""
        path = self.folder / "deploy/aws" / file
        whole = path.read_text()
        assert text in whole, f"{file} has no {text!r}"
        path.write_text(whole.replace(text, instead))
        self.commit()

    def be_administrator(self) -> None:
        key, secret = self.cloud.administrator.values()
        self.environment |= {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}

    def asked(self, program: str) -> list[str]:
        """Return with what a program was called."""
        if not self.asked_file.exists():
            return []
        lines = self.asked_file.read_text().splitlines()
        return [line.removeprefix(f"{program} ") for line in lines if line.startswith(f"{program} ")]

    def runs(self, environment: str = STAGING) -> set[str]:
        """Return the tags of what the project's services run, which may be `unreleased`."""
        return {self.cloud.running(name, environment).rpartition(":")[2] for name in OF_PROJECT}

    def variables(self, service: str) -> dict[str, str]:
        """Return the variables of what a service runs."""
        definition = self.cloud.definition(self.cloud.service(service).task_definition)
        return {one["name"]: one["value"] for one in definition["container_definitions"][0]["environment"]}

    def definitions(self) -> dict[str, str]:
        return {name: self.cloud.service(name).task_definition for name in OF_PROJECT}


def a_release(desk: Deployer) -> None:
    """It is built, pushed, migrated, and run by all services, in which nothing else is changed."""
    cloud = desk.cloud
    before = {name: cloud.definition(arn) for name, arn in desk.definitions().items()}
    pooler = cloud.definition(cloud.service("pgbouncer").task_definition)
    tag = desk.commit()
    printed = desk.make("deploy")
    assert printed.endswith(f"{STAGING} runs {tag}.\n"), printed

    registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    image = f"{registry}/{cloud.project}:{tag}"
    assert desk.asked("docker") == [
        f"login --username AWS --password-stdin {registry}",
        f"build --platform linux/amd64 --tag {image} .",
        f"push {image}",
    ]
    assert desk.asked("with") == ["123456789012-auth-token"]
    assert cloud.images() == [tag, f"{STAGING}-{tag}"]

    (task,) = cloud.ecs.started
    assert task.overrides == {
        "containerOverrides": [{"name": "web", "command": ["sh", "deploy/release.sh"]}]
    }, task.overrides
    assert task.network_configuration == cloud.service("web").network_configuration
    assert cloud.definition(task.task_definition_arn)["container_definitions"][0]["image"] == image

    for name in OF_PROJECT:
        before[name]["container_definitions"][0]["image"] = image
        assert cloud.definition(cloud.service(name).task_definition) == before[name]
    assert cloud.definition(cloud.service("pgbouncer").task_definition) == pooler


def a_release_without_workers(desk: Deployer) -> None:
    tag = desk.commit()
    desk.make("deploy")
    assert desk.cloud.running("web").endswith(f":{tag}")
    assert desk.cloud.ecs.updated == ["web"]


def a_release_again(desk: Deployer) -> None:
    tag = desk.commit()
    for _ in range(2):
        assert f"{STAGING} runs {tag}." in desk.make("deploy")


def the_same_image_elsewhere(desk: Deployer) -> None:
    """What runs in staging is not built again for production."""
    tag = desk.commit()
    desk.make("deploy")
    with desk.cloud.unguarded():
        desk.cloud.make(PRODUCTION)
    done = desk.make("deploy", f"ENVIRONMENT={PRODUCTION}")
    assert f"{PRODUCTION} runs {tag}." in done
    assert desk.runs(PRODUCTION) == {tag}
    assert len([asked for asked in desk.asked("docker") if asked.startswith("build")]) == 1


def what_runs_is_kept(desk: Deployer) -> None:
    """The repository clears nothing away that an environment runs, however much another one has released."""
    desk.commit()
    desk.make("deploy")
    with desk.cloud.unguarded():
        desk.cloud.make(PRODUCTION)
    desk.make("deploy", f"ENVIRONMENT={PRODUCTION}")
    runs = set(desk.cloud.images())
    (policy,) = desk.cloud.bootstrap.of("aws_ecr_lifecycle_policy")
    rules = json.loads(policy["policy"])["rules"]
    newer = [{f"{number}", f"{STAGING}-{number}"} for number in range(100, 0, -1)]
    images = [*newer, runs, {"abandoned"}]
    gone = cleared_away(rules, images)
    assert runs not in gone, gone
    assert len(images) - len(gone) < 30, "the repository grows for ever"
    assert runs in cleared_away(rules[-1:], images), "by the last rule alone it would be gone"


def cleared_away(rules: list[dict], images: list[set[str]]) -> list[set[str]]:
    """Return which images go, of these, the newest first, each by its tags.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html: what a rule is for by its
    tags is not for those of a lower priority, whether it goes by that rule or not; but they count it.
    """
    gone, spoken_for = [], []
    for rule in sorted(rules, key=lambda rule: rule["rulePriority"]):
        chosen = rule["selection"]
        assert chosen["countType"] == "imageCountMoreThan", chosen
        prefixes = tuple(chosen.get("tagPrefixList", [""]))
        concerned = [image for image in images if any(tag.startswith(prefixes) for tag in image)]
        too_many = concerned[chosen["countNumber"] :]
        gone += [image for image in too_many if image not in spoken_for]
        spoken_for += concerned
    return gone


def configuration(desk: Deployer) -> None:
    """What Terraform has changed reaches tasks with the next release."""
    desk.cloud.release("one")
    for service in ("worker", "pgbouncer"):
        desk.cloud.configure(service, "since then")
    tag = desk.commit()
    desk.make("deploy")
    for service in ("worker", "pgbouncer"):
        assert desk.variables(service) == {"CHANGED": "since then"}, service
    assert desk.runs() == {tag}


def uncommitted_changes(desk: Deployer) -> None:
    before = desk.definitions()
    for name in ("changes", "new"):
        (desk.folder / name).write_text("Not yet.\n")
        printed = desk.fails("deploy")
        assert "There are changes that no commit has:\n" in printed and f" {name}\n" in printed, printed
        assert "Commit them" in printed, printed
        desk.git("add", "--all")
        desk.git("stash", "--quiet")
    untouched(desk, before)
    assert not desk.asked("docker")


def untouched(desk: Deployer, before: dict[str, str]) -> None:
    assert desk.definitions() == before
    assert not desk.cloud.ecs.updated


def a_failing_migration(desk: Deployer) -> None:
    """What it said is shown, and all runs on."""
    before = desk.definitions()
    desk.cloud.ecs.exit_code = 3
    desk.cloud.ecs.says = ["Applying documents.0002_fails ...", 'ProgrammingError: no "nonsense"']
    printed = desk.fails("deploy")
    assert "\n".join(desk.cloud.ecs.says) in printed, printed
    assert "The release task ended with 3, and nothing was replaced" in printed, printed
    untouched(desk, before)


def a_release_task_that_can_not_start(desk: Deployer) -> None:
    before = desk.definitions()
    desk.cloud.ecs.exit_code = None
    printed = desk.fails("deploy")
    assert f"The release task didn't start, and nothing was replaced: {NOT_STARTED}" in printed, printed
    untouched(desk, before)


def a_release_task_that_is_refused(desk: Deployer) -> None:
    before = desk.definitions()
    desk.cloud.ecs.refuses = "Capacity is unavailable at this time"
    printed = desk.fails("deploy")
    assert "No release task starts, and nothing was replaced" in printed, printed
    assert "Capacity is unavailable at this time" in printed, printed
    untouched(desk, before)


def a_long_migration(desk: Deployer) -> None:
    """It takes longer than the CLI waits."""
    desk.cloud.tasks_stop_after(3 * WAITS)
    tag = desk.commit()
    printed = desk.make("deploy")
    assert "Still waiting: the release task is " in printed, printed
    assert desk.runs() == {tag}


def goes_back_after(fate: Callable, service: str) -> Callable[[Deployer], None]:
    """Return a check that all services go back where one fails in this way, and can be released again."""

    def check(desk: Deployer) -> None:
        released = desk.cloud.release("one")
        before = desk.definitions()
        failed = desk.commit()
        desk.cloud.ecs.fates[service] = fate
        printed = desk.fails("deploy")
        assert f"{service} didn't come up, and so everything goes back to what ran before." in printed, (
            printed
        )
        assert f"aws logs tail /{desk.cloud.project}-{STAGING}/{service} --since 30m" in printed, printed
        assert f"{STAGING} runs" not in printed, printed
        assert desk.definitions() == before
        assert desk.runs() == {released}

        desk.cloud.ecs.fates.clear()
        assert f"{STAGING} runs {failed}." in desk.make("deploy")
        assert desk.runs() == {failed}

    check.__name__ = f"{service}_{fate.__name__}"
    return check


worker_goes_back = goes_back_after(goes_back, "worker")
web_gives_up = goes_back_after(gives_up, "web")
beat_hangs = goes_back_after(hangs, "beat")


def reasons_of_ecs(desk: Deployer) -> None:
    desk.cloud.release("one")
    desk.cloud.ecs.fates["web"] = goes_back
    assert "rolling back to deployment before" in desk.fails("deploy")


def a_service_that_is_missing(desk: Deployer) -> None:
    """What was updated before it goes back too."""
    desk.cloud.release("one")
    before = desk.definitions()
    del desk.cloud.ecs.services[f"{desk.cloud.project}-{STAGING}:beat"]
    assert "ServiceNotFoundException" in desk.fails("deploy")
    assert {name: desk.cloud.service(name).task_definition for name in ("web", "worker")} == {
        name: before[name] for name in ("web", "worker")
    }


def an_interrupted_release(desk: Deployer) -> None:
    desk.cloud.release("one")
    before = desk.definitions()
    interrupt = desk.asked_file.with_name("asked.interrupt")
    desk.cloud.ecs.fates["web"] = lambda service: interrupt.touch()
    desk.fails("deploy")
    assert desk.definitions() == before


def the_pooler_first(desk: Deployer) -> None:
    """PgBouncer is there before what connects to it, and nothing follows where it doesn't come up."""
    desk.make("deploy")
    assert desk.cloud.ecs.updated == ["pgbouncer", *OF_PROJECT]
    before = desk.definitions()
    desk.cloud.ecs.updated.clear()
    desk.cloud.configure("pgbouncer", "wrong")
    desk.cloud.ecs.fates["pgbouncer"] = goes_back
    assert "pgbouncer didn't come up, and" in desk.fails("deploy")
    assert desk.cloud.ecs.updated == ["pgbouncer"]
    assert desk.definitions() == before


def a_pooler_that_has_failed(desk: Deployer) -> None:
    """It is tried again, with the same configuration."""
    (deployment,) = desk.cloud.service("pgbouncer").deployments
    deployment["rolloutState"] = "FAILED"
    tag = desk.commit()
    desk.make("deploy")
    assert desk.runs() == {tag}


def rollback(desk: Deployer) -> None:
    """Each goes back one more, as far as there is something; then it says so."""
    releases = [desk.cloud.release(tag) for tag in ("one", "two", "three")]
    for after, before in (("three", "two"), ("two", "one")):
        assert f"{STAGING} runs {before} again, instead of {after}." in desk.make("rollback")
        assert desk.runs() == {before}, releases
    before = desk.definitions()
    printed = desk.fails("rollback")
    assert f"Nothing else has run in {STAGING} before." in printed, printed
    assert "Deploy a commit that works: make deploy ENVIRONMENT=staging" in printed, printed
    assert desk.definitions() == before


def rollback_after_another_release(desk: Deployer) -> None:
    """It goes to what ran before, be that older or newer, and not to what another rollback has left."""
    for tag in ("one", "left"):
        desk.cloud.release(tag)
    desk.make("rollback")
    for tag in ("three", "one", "four"):
        desk.cloud.release(tag)
    for tag in ("one", "three", "one"):
        desk.make("rollback")
        assert desk.runs() == {tag}


def rollback_past_the_same_image(desk: Deployer) -> None:
    for tag in ("one", "two", "two"):
        desk.cloud.release(tag)
    desk.make("rollback")
    assert desk.runs() == {"one"}


def rollback_past_what_failed(desk: Deployer) -> None:
    """A release that didn't come up is nothing to go back to, nor is one that didn't migrate."""
    desk.cloud.release("one")
    desk.cloud.ecs.fates["web"] = goes_back
    desk.fails("deploy")
    desk.cloud.ecs.exit_code = 1
    desk.commit()
    desk.fails("deploy")
    desk.cloud.ecs.fates.clear()
    desk.cloud.release("two")
    desk.make("rollback")
    assert desk.runs() == {"one"}


def rollback_past_terraform(desk: Deployer) -> None:
    """What it has configured without an image is no release, but what the next one is made of."""
    desk.cloud.release("one")
    desk.cloud.configure("web", "since then")
    desk.cloud.release("two")
    desk.make("rollback")
    assert desk.runs() == {"one"}
    assert desk.variables("web") == {"CHANGED": "since then"}


def rollback_past_what_never_ran(desk: Deployer) -> None:
    """As after a deployment that was killed before it began."""
    for tag in ("one", "two"):
        desk.cloud.release(tag)
    desk.cloud.revise("web", lambda was: was | {"image": "repository:killed"})
    desk.make("rollback")
    assert desk.runs() == {"one"}


def rollback_to_an_image_that_is_gone(desk: Deployer) -> None:
    for tag in ("one", "two"):
        desk.cloud.release(tag)
    with desk.cloud.unguarded():
        desk.cloud.client("ecr").batch_delete_image(
            repositoryName=desk.cloud.project, imageIds=[{"imageTag": "one"}]
        )
    before = desk.definitions()
    printed = desk.fails("rollback")
    assert "The image of one, which ran before, isn't kept any more." in printed, printed
    assert "Deploy a commit that works: make deploy ENVIRONMENT=staging" in printed, printed
    assert desk.definitions() == before


def rollback_that_fails(desk: Deployer) -> None:
    """All stays as it is, and can be tried again."""
    for tag in ("one", "two"):
        desk.cloud.release(tag)
    desk.cloud.ecs.fates["web"] = goes_back
    assert "web didn't come up, and" in desk.fails("rollback")
    assert desk.runs() == {"two"}
    desk.cloud.ecs.fates.clear()
    desk.make("rollback")
    assert desk.runs() == {"one"}


def nothing_to_go_back_to(desk: Deployer) -> None:
    for _ in range(2):
        assert f"Nothing else has run in {STAGING} before." in desk.fails("rollback")
        desk.cloud.release("one")
    assert not desk.cloud.ecs.updated


def a_shell(desk: Deployer) -> None:
    """It is opened in a web task, by people: the role of the workflows may not."""
    desk.be_administrator()
    printed = desk.fails("shell-remote")
    assert f"No web task runs in {STAGING}." in printed, printed
    assert "Deploy first: make deploy ENVIRONMENT=staging" in printed, printed
    assert not desk.asked("session-manager-plugin")

    desk.make("deploy")
    (task,) = desk.cloud.ecs.started
    for words, command in ((), "python manage.py shell"), (("COMMAND=echo ada",), "echo ada"):
        desk.make("shell-remote", *words)
        *_, asked = desk.asked("session-manager-plugin")
        assert f'"SessionId": "{command}"' in asked or f'"sessionId": "{command}"' in asked, asked
        assert f"ecs:{desk.cloud.project}-{STAGING}_{task.id}_runtime" in asked, asked


def missing_programs(desk: Deployer) -> None:
    for target, programs in {
        "deploy": ("aws", "docker", "git", "jq"),
        "rollback": ("aws", "jq"),
        "shell-remote": ("aws", "session-manager-plugin"),
        "plan": ("aws", "git", "python3", "terraform"),
    }.items():
        for program in programs:
            there, away = desk.programs / program, desk.programs / "away"
            there.rename(away)
            printed = desk.fails(target)
            assert f"{program} is not installed.\nInstall it: " in printed, printed
            away.rename(there)


def nobody(desk: Deployer) -> None:
    for target in ("deploy", "rollback", "shell-remote", "plan", "cost", "apply"):
        printed = desk.fails(target, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        assert "AWS doesn't know who you are.\nLog in (aws sso login)" in printed, printed


def unknown_environment(desk: Deployer) -> None:
    for target in ("deploy", "rollback", "shell-remote", "plan", "cost", "apply"):
        printed = desk.fails(target, "ENVIRONMENT=nowhere")
        assert "There is no environment nowhere." in printed, printed
        assert "ENVIRONMENT=... (production staging)" in printed, printed


def no_cluster(desk: Deployer) -> None:
    desk.be_administrator()
    for environment, elsewhere in (PRODUCTION, {}), (STAGING, {"AWS_REGION": "eu-west-1"}):
        for target in ("deploy", "rollback", "shell-remote"):
            printed = desk.fails(target, f"ENVIRONMENT={environment}", **elsewhere)
            region = elsewhere.get("AWS_REGION", "eu-central-1")
            assert f"There is no cluster {desk.cloud.project}-{environment} in {region}." in printed, printed
            assert f"Make it: make plan apply ENVIRONMENT={environment}" in printed, printed
    assert not desk.asked("docker")


def terraform(desk: Deployer) -> None:
    """It has its state in the bucket of the bootstrap, and applies what it has planned."""
    desk.be_administrator()
    (bucket,) = (found["bucket"] for found in desk.cloud.bootstrap.of("aws_s3_bucket"))
    for target in ("plan", "apply"):
        printed = desk.fails(target)
        assert f"Terraform's state has no bucket {bucket}.\nMake it, once: deploy/aws/bootstrap.sh" in printed
    assert not desk.asked("terraform")

    where = {"LocationConstraint": "eu-central-1"}
    with desk.cloud.unguarded():
        desk.cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    for target in ("apply", "cost"):
        printed = desk.fails(target)
        assert "Nothing is planned.\nPlan first: make plan ENVIRONMENT=staging" in printed, printed
    assert not desk.asked("terraform")

    printed = desk.make("plan", "cost", "apply")
    assert f"| | price | {STAGING} |" in printed, printed
    root = f"deploy/terraform/aws/environments/{STAGING}"
    folder = f"-chdir={root}"
    commit = f"Commit {root}/.terraform.lock.hcl"
    assert commit in printed, printed
    assert f"?? {root}/.terraform.lock.hcl\n" in desk.fails("deploy")
    assert desk.asked("terraform") == [
        f"{folder} get",
        f"{folder} providers lock -platform=linux_amd64",
        f"{folder} init -input=false -reconfigure -backend-config=bucket={bucket} "
        "-backend-config=region=eu-central-1",
        f"{folder} plan -input=false -out=plan.tfplan -var region=eu-central-1 -var-file=../../sizes.tfvars",
        f"{folder} show -json plan.tfplan",
        f"{folder} apply -input=false plan.tfplan",
    ]
    assert "Nothing is planned." in desk.fails("apply")

    desk.commit()
    desk.asked_file.unlink()
    assert commit not in desk.make("plan")
    assert len(desk.asked("terraform")) == 2, desk.asked("terraform")
    desk.asked_file.with_name("asked.fail-show-plan.tfplan").touch()
    assert "together" not in desk.fails("cost")


def bootstrap(desk: Deployer) -> None:
    """Its own state moves to the bucket that it has made, once."""
    script = "deploy/aws/bootstrap.sh"
    done = desk.attempt(script)
    assert done.returncode, done.stdout
    assert done.stdout == "Which repository may deploy?\nName it: deploy/aws/bootstrap.sh OWNER/NAME\n"
    desk.github.write_text("repo:ada@1/app@2")
    stranger = desk.asked_file.with_name("asked.stranger")
    stranger.touch()
    printed = desk.attempt(script, "ada/app").stdout
    assert "GitHub doesn't tell how it signs for ada/app.\n" in printed, printed
    assert "gh auth login" in printed and "bootstrap.sh repo:OWNER@ID/NAME@ID" in printed, printed
    assert not desk.asked("terraform")

    folder = desk.folder / "deploy/terraform/aws/bootstrap"
    state = folder / "terraform.tfstate"
    state.touch()
    cut_off = desk.asked_file.with_name("asked.fail-init--migrate-state")
    cut_off.touch()
    assert desk.attempt(script, "repo:ada@1/app@2").returncode
    assert state.exists()
    assert desk.asked("terraform"), "nobody needs GitHub for what is said"
    stranger.unlink()
    cut_off.unlink()
    desk.asked_file.unlink()
    for again in (False, True):
        done = desk.attempt(script, "ada/app")
        assert done.returncode == 0, done.stdout
        assert ("Commit deploy/terraform/aws/bootstrap/backend.tf" in done.stdout) is not again, done.stdout
        assert ("and deploy/terraform/aws/bootstrap/.terraform.lock.hcl." in done.stdout) is not again
    assert not state.exists()
    (bucket,) = (found["bucket"] for found in desk.cloud.bootstrap.of("aws_s3_bucket"))
    assert re.search(rf'bucket += "{bucket}"', (folder / "backend.tf").read_text())
    once = ["init -input=false", "apply -var region=eu-central-1 -var github_subject=repo:ada@1/app@2"]
    assert [asked.partition(" ")[2] for asked in desk.asked("terraform")] == [
        *once, "init -input=false -migrate-state -force-copy", *once
    ]  # fmt: skip

    desk.github.write_text("")  # of before GitHub signed with numbers
    desk.attempt(script, "ada/app")
    assert desk.asked("terraform")[-1].endswith("-var github_subject=repo:ada/app"), desk.asked("terraform")


CHECKS = (
    a_release, a_release_again, the_same_image_elsewhere, what_runs_is_kept, configuration,
    uncommitted_changes, a_failing_migration, a_release_task_that_can_not_start,
    a_release_task_that_is_refused, a_long_migration, worker_goes_back, web_gives_up, beat_hangs,
    reasons_of_ecs, a_service_that_is_missing, an_interrupted_release, the_pooler_first,
    a_pooler_that_has_failed, rollback, rollback_after_another_release, rollback_past_the_same_image,
    rollback_past_what_failed, rollback_past_terraform, rollback_past_what_never_ran,
    rollback_to_an_image_that_is_gone, rollback_that_fails, nothing_to_go_back_to, a_shell,
    missing_programs, nobody, unknown_environment, no_cluster, terraform, bootstrap,
)  # fmt: skip
COMMON, DEPLOY, ROLLBACK = "common.sh", "deploy.sh", "rollback.sh"
# In which script what to take away, what is left then, and the check that is to notice.
GUARDS: dict[str, tuple[str, str, str, Callable[[Deployer], None]]] = {
    "programs are there": (COMMON, '"$program" >/dev/null && continue', "sh && continue", missing_programs),
    "environments": (COMMON, '[ ! -d "$environments/$environment" ]', "false", unknown_environment),
    "somebody is logged in": (COMMON, 'fail "AWS', 'true "AWS', nobody),
    "the cluster is there": (COMMON, "    ACTIVE) ;;", "    *) ;;", no_cluster),
    "the region, for version 1": (COMMON, 'export AWS_DEFAULT_REGION="$AWS_REGION"', "", a_release),
    "the rest of a definition": (COMMON, "del(", "del(.volumes, ", a_release),
    "what Terraform configured last": (
        COMMON, '"$name-$1" --query', '"$(cat "$scratch/$1.before")" --query', configuration
    ),
    "the pooler": (COMMON, 'update pgbouncer "$pgbouncer" "$again"', "true", configuration),
    "the pooler is tried again": (COMMON, "again=--force", "again= #", a_pooler_that_has_failed),
    "the pooler is waited for": (COMMON, 'come_up pgbouncer "$pgbouncer"', "true", the_pooler_first),
    "services are waited for": (
        COMMON, 'come_up "$service" "$(cat "$scratch/$service.after")"', "true", web_gives_up
    ),
    "ECS has gone back": (COMMON, "COMPLETED) return", "COMPLETED | None) return", worker_goes_back),
    "ECS has given up": (COMMON, "COMPLETED) return", "COMPLETED | FAILED) return", web_gives_up),
    "ECS is still at it": (COMMON, "COMPLETED) return", "COMPLETED | IN_PROGRESS) return", beat_hangs),
    "why, by ECS": (COMMON, """field "$1" 'events[:3].[message]' >&2""", "", reasons_of_ecs),
    "all go back": (COMMON, '"$(cat "$scratch/$service.before")"', '"$after"', worker_goes_back),
    "all go back, however it ends": (COMMON, "trap finish EXIT\n", "", a_service_that_is_missing),
    "interruptions": (COMMON, "trap 'exit 1' INT TERM\n", "", an_interrupted_release),
    "what failed is forgotten": (COMMON, 'forget "$after"', "true", rollback_past_what_failed),
    "what came up is kept": (COMMON, 'rm "$scratch"/*.after', "true", a_release),
    "changes are committed": (DEPLOY, '[ -z "$(git status --porcelain)" ]', "true", uncommitted_changes),
    "images are built once": (DEPLOY, 'if ! has_image "$tag"', "if true", the_same_image_elsewhere),
    "images are kept": (DEPLOY, '--image-tag "$environment-$tag"', '--image-tag "x$tag"', what_runs_is_kept),
    "images are kept once": (DEPLOY, 'if ! has_image "$environment-', "if true #", a_release_again),
    "an image to go back to": (
        ROLLBACK, 'has_image "${before##*:}"', "true", rollback_to_an_image_that_is_gone
    ),
    "images are for AWS": (DEPLOY, "--platform linux/amd64 ", "", a_release),
    "the release task's command": (DEPLOY, '["sh", "deploy/release.sh"]', '["true"]', a_release),
    "refusals": (DEPLOY, "$(jq -c .failures", "$(true", a_release_task_that_is_refused),
    "patience": (DEPLOY, "until aws ecs wait", "until true", a_long_migration),
    "exit code": (DEPLOY, '"$code" != 0', '"$code" = 1', a_failing_migration),
    "messages": (DEPLOY, "aws logs get-log-events", "true", a_failing_migration),
    "where messages are": (DEPLOY, "web/web/", "web/", a_failing_migration),
    "why, by the task": (DEPLOY, "replaced: $why", "replaced", a_release_task_that_can_not_start),
    "only what ran": (ROLLBACK, '-le "${running##*:}"', "-gt 0", rollback_past_what_never_ran),
    "another image": (ROLLBACK, '"$image") left=', "nothing) left=", rollback_past_the_same_image),
    "an image": (ROLLBACK, "*:unreleased) ;;", "nothing) ;;", nothing_to_go_back_to),
    "the latest first": (ROLLBACK, " --sort DESC", "", rollback),
    "further back each time": (ROLLBACK, 'forget "$one"', "true", rollback),
    "a task for a shell": ("shell.sh", '[ "$task" != None ]', "true", a_shell),
    "a bucket for the state": ("terraform.sh", 'aws s3api head-bucket --bucket "$bucket"', "true", terraform),
    "GitHub's platform": (COMMON, " providers lock", " true", terraform),
    "modules are there before providers": (COMMON, "get >/dev/null", "true", terraform),
    "providers are locked once": (COMMON, '[ ! -e "$root/.terraform.lock.hcl" ]', "true", terraform),
    "what to commit": ("terraform.sh", '[ -z "$(git status', "true #", terraform),
    "a plan to apply": ("terraform.sh", '[ -e "$folder/plan.tfplan" ]', "true", terraform),
    "a plan is applied once": ("terraform.sh", 'rm "$folder/plan.tfplan"', "true", terraform),
    "a plan that can be shown": (
        "terraform.sh", """ >"$scratch/plan.json"\n""", """ >"$scratch/plan.json" || true\n""", terraform
    ),
    "a repository": ("bootstrap.sh", '*) fail "Which', '*) true "Which', bootstrap),
    "GitHub is asked": ("bootstrap.sh", 'subject=$(gh', 'subject=$(true', bootstrap),
    "GitHub has to answer": ("bootstrap.sh", "fail \"GitHub doesn't", "true \"GitHub doesn't", bootstrap),
    "a subject as it is": ("bootstrap.sh", "repo:*) subject=$1", "nothing) subject=$1", bootstrap),
    "repositories without a number": ("bootstrap.sh", ":-repo:$1", "", bootstrap),
    "the state is kept": ("bootstrap.sh", 'rm "$folder/backend.tf"', "true", bootstrap),
}  # fmt: skip


@pytest.fixture(scope="module")
def account(providers, tmp_path_factory):
    """What Terraform makes of the project."""
    project, label = rendering.project_of(WHOLE), matrix.label(WHOLE)
    tree = roots.tree_of(project, tmp_path_factory.mktemp("terraform") / "tree", providers)
    stacks = [
        roots.applied(tree, roots.Root(label, root), project) for root in (roots.BOOTSTRAP, roots.STAGING)
    ]
    with serving() as endpoint:
        yield Cloud(endpoint, *stacks)


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """AWS's command line, whose waits don't take any time."""
    home = tmp_path_factory.mktemp("home")
    waiters = Loader().load_service_model("ecs", "waiters-2")
    for waiter in waiters["waiters"].values():
        waiter |= {"delay": 0, "maxAttempts": WAITS}
    place = home / ".aws/models/ecs/2014-11-13"
    place.mkdir(parents=True)
    (place / "waiters-2.json").write_text(json.dumps(waiters))
    environment = {"HOME": str(home), "PYTHONPATH": str(matrix.ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "tests.plan.cli", home / "aws"]
    with Server("aws", command, home, ready="\nserving", env=environment):
        yield home / "aws"


@pytest.fixture
def cloud(account):
    account.begin_anew(*OF_PROJECT, "pgbouncer")
    return account


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_holds(check, cloud, aws, tmp_path):
    check(Deployer(tmp_path, cloud, aws))


@pytest.mark.parametrize("name", GUARDS)
def test_removal_is_noticed(name, cloud, aws, tmp_path):
    file, text, instead, check = GUARDS[name]
    desk = Deployer(tmp_path, cloud, aws)
    desk.without(file, text, instead)
    with pytest.raises(AssertionError) as noticed:
        check(desk)
    print(f"{name:32} {str(noticed.value).splitlines()[0][:120]}")


def test_it_holds_without_workers(account, aws, tmp_path):
    account.begin_anew("web")
    a_release_without_workers(Deployer(tmp_path, account, aws, SMALL))
