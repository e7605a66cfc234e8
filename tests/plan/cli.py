"""AWS's own command line, without the half second that each command takes to load it.

`python -m tests.plan.cli PROGRAM` writes a program to put in PATH as `aws`, and serves it: what it is called
with runs in a fork of this process, which has loaded the CLI and knows the services. Credentials,
configuration and clients are each command's own.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from awscli.botocore.loaders import Loader
from awscli.clidriver import CLIDriver, create_clidriver

# A command of each service that the scripts call, which has its model read; and what else a client reads.
USED = (
    "ecr get-login-password",
    "ecs run-task",
    "logs get-log-events",
    "s3api head-bucket",
    "sts get-caller-identity",
)
READ = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
# It says which process it is: Linux knows what that was called with. Then it ends as it is told to. Input and
# output have other numbers as well, because the shell changes them while it says that.
PROGRAM = """#!/bin/sh
exec 7<&0 8>&1 9>&2
{mkfifo} "{asked}.$$"
echo $$ >"{asked}"
read -r code <"{asked}.$$"
exit "$code"
"""


def loaded() -> CLIDriver:
    driver = create_clidriver()
    loader: Loader = driver.session.get_component("data_loader")
    for name in READ:
        loader.load_data(name)
    for command in USED:
        driver.main([*command.split(), "--generate-cli-skeleton"])
        loader.load_service_model(command.split()[0].replace("s3api", "s3"), "endpoint-rule-set-1")
    return driver


def stand_in(driver: CLIDriver, process: Path) -> int:
    """Do what a process was called for, with its own environment, folder, input and output."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, _, *arguments = texts(process / "cmdline")  # the shell, and the program
    os.environ.clear()
    os.environ.update(text.split("=", 1) for text in texts(process / "environ"))
    os.chdir(process / "cwd")
    for number, flags in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        os.dup2(os.open(process / f"fd/{number + 7}", flags), number)
    try:
        return driver.main(arguments)
    except SystemExit as end:
        return end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def texts(file: Path) -> list[str]:
    return file.read_text().split("\0")[:-1]


def main(program: str) -> None:
    driver = loaded()
    asked = Path(f"{program}.asked")
    os.mkfifo(asked)
    Path(program).write_text(PROGRAM.format(mkfifo=shutil.which("mkfifo"), asked=asked))
    Path(program).chmod(0o755)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with os.fdopen(os.open(asked, os.O_RDWR)) as processes:  # for writing too, so that it doesn't end
        print("\nserving", flush=True)
        for number in map(str.strip, iter(processes.readline, "")):
            if not os.fork():
                code = 255
                try:
                    code = stand_in(driver, Path("/proc") / number)
                finally:
                    answer = Path(f"{asked}.{number}")
                    answer.write_text(f"{code}\n")
                    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
