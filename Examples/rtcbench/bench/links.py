"""Links between two network namespaces, made by linkem."""
import os
import shlex
import subprocess
from dataclasses import dataclass

from peers import ROOT

LINKEM = ROOT / ".build/release/linkem"
TRANSFER = ROOT / "Examples/rtcbench/transfer"
RATE = 500  # Mbit/s
ENDS = [f"bench-{os.getpid()}-{end}" for end in "ab"]  # namespaces of this process, for others may use linkem, too


@dataclass(frozen=True)
class Link:
    round_trip: int  # milliseconds
    loss: float  # percent of the packets, each way

    @property
    def title(self):
        return f"{self.round_trip} ms, {self.loss:g} % lost"

    def carry(self, program, options):
        """The command of a transfer between the link's ends, and its environment."""
        command = [
            LINKEM, "--a", ENDS[0], "--b", ENDS[1], "--rate-mbit", str(RATE), "--delay-ms", f"{self.round_trip / 2:g}",
            "--loss", f"{self.loss:g}", "--", TRANSFER, *options]
        return command, {"PEER": shlex.join(map(str, program)), "LINK_A": ENDS[0], "LINK_B": ENDS[1]}

    @staticmethod
    def remove():
        """What is left of a link that was ended by force."""
        for end in ENDS:
            subprocess.run(["ip", "netns", "del", end], stderr=subprocess.DEVNULL)


LINKS = [Link(round_trip, loss) for round_trip in (0, 20, 100) for loss in (0, 0.1, 1)]
