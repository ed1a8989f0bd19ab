"""Links between two network namespaces, made by linkem."""
import os
import shlex
from dataclasses import dataclass

from peers import ROOT

LINKEM = ROOT / ".build/release/linkem"
TRANSFER = ROOT / "Examples/rtcbench/transfer"
RATE = 500  # Mbit/s


@dataclass(frozen=True)
class Link:
    round_trip: int  # milliseconds
    loss: float  # percent of the packets, each way

    @property
    def title(self):
        return f"{self.round_trip} ms, {self.loss:g} % lost"

    def carry(self, program, options):
        """The command of a transfer between the link's ends, and its environment. Several may run at a time."""
        ends = [f"bench-{os.getpid()}-{end}" for end in "ab"]
        command = [
            LINKEM, "--a", ends[0], "--b", ends[1], "--rate-mbit", str(RATE), "--delay-ms", f"{self.round_trip / 2:g}",
            "--loss", f"{self.loss:g}", "--", TRANSFER, *options]
        return command, {"PEER": shlex.join(map(str, program)), "LINK_A": ends[0], "LINK_B": ends[1]}


LINKS = [Link(round_trip, loss) for round_trip in (0, 20, 100) for loss in (0, 0.1, 1)]
