#!/usr/bin/env python3
"""How long many nodes on one machine take to form a mesh, and what they cost when nothing happens.

  mesh-many.py MESHCHAT [--nodes N] [--seconds S]

Starts N meshchats at once (32 unless told), and prints when each is connected to all others and all name one leader; then, for S
seconds in which nobody says anything, the processors' time of all in percent of one processor, and the resident memory of each.
"""
import argparse
import json
import os
import subprocess
import sys
import threading
import time


class Node:
    def __init__(self, program, number, service):
        self.leader, self.connected = None, 0
        self.process = subprocess.Popen(
            [program, "--json", "--name", f"n{number}", "--service", service, "--port", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["type"] == "leader_changed":
                self.leader = event["leader_id"]
            elif event["type"] == "peer_list_changed":
                self.connected = sum(peer["is_connected"] for peer in event["peers"])

    def seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("meshchat")
    parser.add_argument("--nodes", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=30)
    arguments = parser.parse_args()
    began = time.monotonic()
    service = f"_many{os.getpid()}._tcp"
    nodes = [Node(arguments.meshchat, number, service) for number in range(arguments.nodes)]
    try:
        while {node.connected for node in nodes} != {len(nodes) - 1} or len({node.leader for node in nodes}) != 1:
            if time.monotonic() - began > 120:
                print(f"not formed: {sorted(node.connected for node in nodes)}, {len({node.leader for node in nodes})} leaders")
                return 1
            time.sleep(0.02)
        print(f"{len(nodes)} nodes: formed after {time.monotonic() - began:.1f} s", flush=True)
        time.sleep(5)
        before, since = sum(node.seconds() for node in nodes), time.monotonic()
        time.sleep(arguments.seconds)
        used = (sum(node.seconds() for node in nodes) - before) / (time.monotonic() - since)
        memory = sorted(node.memory() for node in nodes)
        print(f"idle: {100 * used:.1f} % of a processor for all, {memory[len(memory) // 2]:.1f} MB each, {memory[-1]:.1f} MB at most")
    finally:
        for node in nodes:
            node.process.terminate()
        for node in nodes:
            node.process.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
