"""The programs that are compared. Each knows rtcbench's modes and options, and ends with one line of JSON."""
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "Examples/rtcbench/peers"
PION = ROOT / ".build/bench-pion"


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Peer:
    name: str
    command: tuple
    version_command: tuple
    environment: dict = field(default_factory=dict)

    def run(self, words, patience, link=None):
        """The report of one mode, from a process of its own; nothing where there is none after two attempts."""
        for _ in range(2 if self.is_there else 0):
            try:
                command, environment = [*self.command, *words], {}
                if link:
                    command, environment = link.carry(self.command, words[1:])
                line = last_line(command, {**self.environment, **environment}, patience)
                say(f"{self.name} {' '.join(words)}: {line}")
                return json.loads(line)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                say(f"{self.name} {' '.join(words)}: {error}")
                if link:
                    link.remove()
        return {}

    @cached_property
    def is_there(self):
        if self.version:
            return True
        say(f"{self.name} is missing; '.ci/install bench' installs what it needs")
        return False

    @cached_property
    def version(self):
        """What the peer calls its version; nothing where it is not installed."""
        try:
            return last_line(self.version_command, self.environment, 60)
        except (OSError, subprocess.SubprocessError):
            return ""


def last_line(command, environment, patience):
    """The last line that a program writes. What it has started goes with it."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=ROOT,
        env={**os.environ, **environment})
    try:
        output, _ = process.communicate(timeout=patience)
    finally:
        # The program's children are its group; with a program that ended well there are none left.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    if process.returncode != 0:
        raise subprocess.SubprocessError(f"ended with status {process.returncode}")
    return output.strip().split("\n")[-1]


def python(name, script, packages, version):
    return Peer(
        name, (sys.executable, SOURCES / script), (sys.executable, "-c", version),
        {"PYTHONPATH": str(ROOT / ".build" / packages)})


AIORTC_VERSION = "from importlib.metadata import version; print(version('aiortc'))"
# The binding has a version of its own; the library's stands in the name of its file.
LIBDATACHANNEL_VERSION = """
from importlib.metadata import files
print(next(file.name.partition('.so.')[2] for file in files('pylibdatachannel') if 'libdatachannel-' in file.name))"""
# A Go program outside of a module, with the sources that Debian packages; built anew when it is first asked for.
BUILD_PION = f"""
cd '{SOURCES / "pion"}' && GO111MODULE=off GOPATH=/usr/share/gocode go build -o '{PION}' . >&2 &&
dpkg-query -W -f '${{Version}}\\n' golang-github-pion-webrtc.v3-dev"""

OURS = "swift-webrtc"
BETTER_OF = ("libdatachannel", "pion")  # whose better figure ours is compared with

PEERS = {peer.name: peer for peer in (
    Peer(OURS, (ROOT / ".build/release/rtcbench",), ("git", "log", "-1", "--format=%h of %cs")),
    python("libdatachannel", "libdatachannel.py", "bench-python", LIBDATACHANNEL_VERSION),
    Peer("pion", (PION,), ("bash", "-c", BUILD_PION)),
    python("aiortc", "aiortc_peer.py", "python", AIORTC_VERSION),
    Peer("chromium", (sys.executable, SOURCES / "chromium.py"), ("dpkg-query", "-W", "-f", "${Version}\n", "chromium")),
)}
