import Foundation

/// A headless browser with `peer.js` in its page. The peers of a test are objects in that page.
actor Browser: RemoteControl {
    enum Program: String, Sendable, CaseIterable {
        case chromium, firefox
    }

    /// How the browser shows its addresses.
    enum Addresses: Sendable {
        /// As `.local` names, what every page gets that has no camera.
        case hidden
        case plain
    }

    private let driver: any PageDriver
    private let process: ChildProcess
    /// A folder of the browser's own, gone with it.
    private let profile: URL?
    private var logs: [String: EventLog] = [:]
    private var pump: Task<Void, Never>?
    private var operations = PageOperations()

    init(_ program: Program, _ addresses: Addresses) async throws {
        let port: Int?
        switch program {
        case .chromium:
            profile = nil
            (process, port) = try await Self.chromedriver()
        case .firefox:
            port = nil
            let folder = try FirefoxProfile.make(addresses)
            profile = folder
            process = try ChildProcess(
                "firefox-esr",
                ["--headless", "--no-remote", "--profile", folder.path, "--remote-debugging-port", "0"],
                environment: FirefoxProfile.environment(folder), mergesErrors: true)
        }
        do {
            driver =
                switch program {
                case .chromium:
                    try await WebDriver(
                        port: port ?? 0,
                        capabilities: Self.capabilities(addresses))
                case .firefox:
                    try await WebDriverBiDi(port: Self.port(of: process, after: /BiDi listening on ws:.*:(\d+)/))
                }
            guard let page = Bundle.module.url(forResource: "peer", withExtension: "html", subdirectory: "Resources")
            else { throw InteropError("peer.html is not among the resources") }
            try await driver.open(page)
        } catch {
            await Self.end(process, profile)
            throw error
        }
    }

    func report(_ peer: String, to log: EventLog) {
        logs[peer] = log
        guard pump == nil else { return }
        pump = Task { await collectEvents() }
    }

    /// The driver carries out one script at a time, so none may wait for what another one brings, as candidates or what has
    /// happened: the page only begins an operation, and tells of its end as it does of any event.
    func perform(_ operation: String, on peer: String, _ parameters: JSONValue) async throws -> JSONValue {
        let number = operations.begin()
        do {
            let outcome = try await driver.run(
                "return begin(...arguments)",
                [.number(Double(number)), .string(peer), .string(operation), parameters])
            if outcome != .null { operations.end(number, outcome) }
        } catch {
            operations.end(number, ["error": .string("\(error)")])
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { operations.wait(for: number, $0) }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
        if let error = outcome["error"].string { throw InteropError("'\(operation)' in the page: \(error)") }
        return outcome["value"]
    }

    private func giveUp(_ number: Int) {
        operations.end(number, ["error": "not ended when the time was up"])
    }

    /// Runs a function's body in the page.
    func run(_ script: String, _ arguments: [JSONValue]) async throws -> JSONValue {
        try await driver.run(script, arguments)
    }

    /// Shows another page; there are no peers in it.
    func open(_ page: URL) async throws {
        try await driver.open(page)
    }

    /// Stops the browser's processes where they are, as a machine does that is put to sleep.
    func pause() { Self.signal(SIGSTOP, descendantsOf: process.processIdentifier) }

    /// Lets them go on.
    func resume() { Self.signal(SIGCONT, descendantsOf: process.processIdentifier) }

    /// Sends a signal to the processes that a process has started, and to theirs.
    private static func signal(_ number: Int32, descendantsOf ancestor: Int32) {
        let parents = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap {
            name -> (Int32, Int32)? in
            // The fourth field; the second may have anything in it, in brackets.
            guard let id = Int32(name), let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let rest = text.split(separator: ")").last?.split(separator: " "), rest.count > 1,
                let parent = Int32(rest[1])
            else { return nil }
            return (id, parent)
        }
        var found: [Int32] = [ancestor]
        var index = 0
        while index < found.count {
            found += (parents ?? []).filter { $0.1 == found[index] }.map(\.0)
            index += 1
        }
        for id in found.dropFirst() { kill(id, number) }
    }

    /// Ends the browser and its driver.
    func stop() async {
        pump?.cancel()
        await pump?.value
        operations.endAll("the browser was stopped")
        try? await driver.close()
        await Self.end(process, profile)
    }

    private static func end(_ process: ChildProcess, _ profile: URL?) async {
        process.stop()
        guard let profile else { return }
        // It writes there until it has ended, and its output with it.
        for await _ in process.lines {}
        try? FileManager.default.removeItem(at: profile)
    }

    /// The page is asked again and again, and never for long.
    private func collectEvents() async {
        do {
            while !Task.isCancelled {
                for entry in try await driver.run("return take(20)", []).array {
                    if let number = entry["finished"].integer {
                        operations.end(number, entry)
                        continue
                    }
                    let event = try InteropEvent(json: entry)
                    logs[entry["peer"].string ?? ""]?.append(event)
                }
            }
        } catch {
            for log in logs.values { log.finish(InteropError("the browser is gone: \(error)")) }
            operations.endAll("the browser is gone: \(error)")
        }
    }

    /// It looks for a port that is free, and ends if another program has taken it by the time that it listens there. Then one
    /// more is started.
    private static func chromedriver() async throws -> (ChildProcess, Int) {
        var reasons: [String] = []
        for _ in 0..<5 {
            let process = try ChildProcess("chromedriver", ["--port=0"])
            do {
                return (process, try await port(of: process, after: /successfully on port (\d+)/))
            } catch {
                process.stop()
                reasons.append("\(error)")
            }
        }
        throw InteropError("no chromedriver has come up: " + reasons.joined(separator: "; "))
    }

    /// The program chooses a free port and names it in a line of its output.
    private static func port(
        of process: ChildProcess, after pattern: Regex<(Substring, Substring)>
    ) async throws -> Int {
        var last = ""
        for await line in process.lines {
            if let match = line.firstMatch(of: pattern), let port = Int(match.1) { return port }
            last = line
        }
        throw InteropError("the browser's driver ended without naming its port; its last words: \(last)")
    }

    private static func capabilities(_ addresses: Addresses) -> JSONValue {
        var arguments: [JSONValue] = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
            // A page may have 500 connections that are not collected yet.
            "--js-flags=--expose-gc",
        ]
        if addresses == .plain {
            arguments.append("--disable-features=WebRtcHideLocalIpsWithMdns")
            // A camera that counts and a microphone that beeps, which nobody has to allow.
            arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        }
        return ["browserName": "chrome", "goog:chromeOptions": ["args": .array(arguments)]]
    }
}
