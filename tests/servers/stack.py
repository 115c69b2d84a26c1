"""Runs the services of docker-compose.yml as processes of this machine: the same commands, the same environment.

Only what a network of containers would provide is translated: host names, ports, and where files are mounted.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.servers.compose import ROOT, own_services, with_defaults
from tests.servers.guard import guard
from tests.servers.process import free_port

HEALTHY_SECONDS = 60.0


class Stack:
    """The project's own services, beside a database and a broker that the caller provides."""

    def __init__(self, folder: Path, *, database_url: str, broker_url: str) -> None:
        self.secrets = folder / "secrets"
        self._folder = folder
        self._services = own_services()
        self._ports: dict[tuple[str, int], int] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._completed: set[str] = set()
        self._entrypoint = _entrypoint()
        (folder / "var").mkdir()
        _write_programs(folder / "bin")
        self.run_script("secrets.sh")
        (self.secrets / "database_url").write_text(database_url)
        (self.secrets / "broker_url").write_text(broker_url)

    def up(self, *names: str) -> None:
        """Start services, all after those that they depend on, and wait until each is healthy."""
        needed = [each for name in names for each in self._needs(name)]
        missing = dict.fromkeys(each for each in needed if each not in {*self._running, *self._completed})
        if missing:
            self.up(*missing)
        for name in names:
            self._start(name)
        for name in names:
            if self._is_lasting(name):
                self._wait_until_healthy(name)
            else:
                self._wait_until_completed(name)

    def run(self, name: str, *command: str) -> str:
        """Run another command in the surroundings of a service, and return what it printed."""
        done = subprocess.run(
            [*self._entrypoint, *command],
            env=self._environment(name),
            cwd=self._folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=HEALTHY_SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def run_script(self, name: str) -> None:
        """Run a script of the folder `deploy` on our secrets."""
        env = self._environment("migrate") | {"AMTSBOTE": shlex.join(self._entrypoint)}
        subprocess.run([ROOT / "deploy" / name, self.secrets], env=env, check=True, cwd=self._folder)

    def kill(self, name: str) -> None:
        """End a service at once (SIGKILL); `up` starts it again."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def down(self) -> dict[str, int | str]:
        """Stop what runs, the latest first; the exit code of each, or `killed` when its grace ran out."""
        return {name: self._stop(name) for name in reversed(list(self._running))}

    def url(self, name: str, port: int) -> str:
        """Where a service can be reached that listens on this port in its container."""
        return f"http://127.0.0.1:{self._port(name, port)}"

    def log(self, name: str) -> str:
        """The last lines that a service wrote."""
        return "\n".join((self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-30:])

    def _needs(self, name: str) -> list[str]:
        return [each for each in self._services[name].get("depends_on", {}) if each in self._services]

    def _is_lasting(self, name: str) -> bool:
        return not self._services[name]["healthcheck"].get("disable", False)

    def _start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*self._entrypoint, *self._services[name]["command"]],
                env=self._environment(name),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        guard().watch(psutil.Process(self._running[name].pid))

    def _wait_until_healthy(self, name: str) -> None:
        kind, *test = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [
            re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda m: str(self._port(name, int(m[0]))), each)
            for each in test
        ]
        deadline = time.monotonic() + HEALTHY_SECONDS
        while _fails(command, self._environment(name)):
            if self._running[name].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not become healthy:\n{self.log(name)}")
            time.sleep(0.2)

    def _wait_until_completed(self, name: str) -> None:
        if self._running.pop(name).wait(HEALTHY_SECONDS) != 0:
            raise RuntimeError(f"{name} failed:\n{self.log(name)}")
        self._completed.add(name)

    def _stop(self, name: str) -> int | str:
        process = self._running.pop(name)
        process.terminate()
        try:
            return process.wait(int(self._services[name]["stop_grace_period"].removesuffix("s")))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "killed"

    def _environment(self, name: str) -> dict[str, str]:
        service = self._services[name]
        values = {**_env_files(service, self.secrets), **service["environment"]}
        own = {"PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        return own | {key: self._translate(name, key, value) for key, value in values.items()}

    def _translate(self, name: str, key: str, value: str) -> str:
        if key.endswith("_PORT"):
            return str(self._port(name, int(value)))
        hosts = "|".join(map(re.escape, self._services))
        value = re.sub(rf"http://({hosts}):(\d+)", lambda m: self.url(m[1], int(m[2])), value)
        value = value.replace("/srv/amtsbote/config", str(ROOT / "config"))
        value = value.replace("/srv/amtsbote/var", str(self._folder / "var"))
        value = value.replace("/run/secrets", str(self.secrets))
        return "127.0.0.1" if value == "0.0.0.0" else value

    def _port(self, name: str, port: int) -> int:
        """The port of this machine that stands for a service's port in its container."""
        if (name, port) not in self._ports:
            self._ports[name, port] = free_port()
        return self._ports[name, port]


def _entrypoint() -> list[str]:
    found = re.search(r"^ENTRYPOINT (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    entrypoint: list[str] = json.loads(found[1])
    return entrypoint


def _write_programs(folder: Path) -> None:
    """The programs of the image, run by the interpreter that runs the tests."""
    folder.mkdir()
    python = shlex.quote(sys.executable)
    main = shlex.quote("from gateway.cli import main; main()")
    for name, command in {"python": python, "amtsbote": f"{python} -c {main}"}.items():
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)


def _env_files(service: Mapping[str, Any], secrets: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    for entry in service.get("env_file", []):
        file = secrets / Path(with_defaults(entry)).name
        lines = file.read_text().splitlines() if file.exists() else []
        values |= dict(line.split("=", 1) for line in lines)
    return values


def _fails(command: Sequence[str], env: Mapping[str, str]) -> bool:
    return subprocess.run(command, env=env, check=False, capture_output=True).returncode != 0
