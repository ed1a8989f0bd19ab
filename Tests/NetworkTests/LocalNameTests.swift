import Foundation
import TestSupport
import Testing

@Suite("hosts that tell only .local names", .needsNetwork("ip", "dbus-daemon", "avahi-daemon"), .timeLimit(.minutes(2)))
struct LocalNameTests {
    /// Two hosts, each with its own D-Bus and avahi, as `lan.sh` makes them.
    private struct LAN {
        let prefix = "m\(UInt16.random(in: 1000...9999))"
        let state = NSTemporaryDirectory() + "lan-" + UUID().uuidString

        func call(_ name: String, _ arguments: [String]) throws -> LineProcess {
            try LineProcess(
                name, "/usr/bin/env",
                ["LAN_STATE=" + state, "LAN_PREFIX=" + prefix, "/bin/bash", TestNetwork.script("lan.sh")] + arguments)
        }

        /// Runs the script to its end. The daemons that it starts must not inherit what the test sees the end of a process
        /// by: its output, and a descriptor of Foundation's.
        func run(_ arguments: String) async throws {
            let script =
                "LAN_STATE=\(state) LAN_PREFIX=\(prefix) /bin/bash \(TestNetwork.script("lan.sh")) \(arguments)"
            let process = try LineProcess(
                "lan.sh", "/bin/bash",
                [
                    "-c",
                    "(for f in /proc/$BASHPID/fd/*; do n=${f##*/}; [ $n -gt 2 ] && eval \"exec $n>&-\"; done; "
                        + script + ") </dev/null >/dev/null 2>&1; echo status $?",
                ])
            guard try await process.line("status").text == "0" else {
                throw LineProcess.Ended(description: "lan.sh \(arguments) failed")
            }
            _ = await process.end()
        }

        func peer(_ role: String, on host: Int, _ options: [String] = []) throws -> LineProcess {
            try call("linkpeer \(role)", ["run", "\(host)", LineProcess.product("linkpeer"), "--role", role] + options)
        }
    }

    @Test("descriptions without any address connect two hosts, whose names avahi resolves")
    func names() async throws {
        let lan = LAN()
        try await lan.run("up 2")
        do {
            let pair = PeerPair(
                sender: try lan.peer("offer", on: 1, ["--count", "100"]), receiver: try lan.peer("answer", on: 2))
            try await pair.introduce { sdp in
                // What a browser does that hides its addresses: a name in each candidate, and nothing elsewhere.
                let lines = sdp.split(separator: "\r\n").map { line in
                    line.hasPrefix("a=candidate")
                        ? line.replacing(/10\.80\.0\.(\d)/) { "\(lan.prefix)\($0.output.1).local" }
                        : line.replacing(/10\.80\.0\.\d/) { _ in "0.0.0.0" }
                }
                let hidden = lines.joined(separator: "\r\n") + "\r\n"
                #expect(!hidden.contains("10.80.0.") && hidden.contains(".local"))
                return hidden
            }
            try await pair.opened()
            let (result, sent) = try await pair.finish(stops: false)
            #expect(result.received == 100 && sent == 100 && result.corrupt == 0)
        } catch {
            Issue.record(error)
        }
        try await lan.run("down")
    }
}
