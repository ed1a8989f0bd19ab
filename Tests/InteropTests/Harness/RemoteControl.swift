import Foundation
import JSEP
import WebRTC

/// A program that holds peers and does what it is told: `peer.js` in a browser, or a script in Python.
protocol RemoteControl: Sendable {
    /// Carries out an operation of the named peer and returns its result.
    func perform(_ operation: String, on peer: String, _ parameters: JSONValue) async throws -> JSONValue
    /// The events of the named peer go to `log` from now on.
    func report(_ peer: String, to log: EventLog) async
}

/// A peer in another program.
struct RemotePeer: InteropEnd {
    let log: EventLog
    private let name: String
    private let control: any RemoteControl

    /// - Parameters:
    ///   - policy: its `bundlePolicy`.
    ///   - describe: what else there is to say when a wait for it runs out of time.
    init(
        _ name: String, in control: any RemoteControl, policy: BundlePolicy = .balanced,
        describe: @escaping @Sendable () -> String = { "" }
    ) async throws {
        log = EventLog(describe: describe)
        self.name = name
        self.control = control
        await control.report(name, to: log)
        try await perform(
            "create", ["configuration": ["iceServers": [], "bundlePolicy": .string(policy.rawValue)]])
    }

    func createDataChannel(_ label: String, _ options: ChannelOptions) async throws {
        try await perform("createDataChannel", ["label": .string(label), "options": .encoding(options)])
    }

    func describeLocally(complete: Bool) async throws -> Description {
        try await perform("describeLocally", ["complete": .bool(complete)]).decoded(as: Description.self)
    }

    func setRemoteDescription(_ description: Description) async throws {
        try await perform("setRemoteDescription", ["description": .encoding(description)])
    }

    func addCandidate(_ candidate: Candidate?) async throws {
        try await perform("addCandidate", ["candidate": .encoding(candidate)])
    }

    func send(_ payload: Payload, on label: String) async throws {
        switch payload {
        case .text(let text):
            try await perform("send", ["label": .string(label), "text": .string(text)])
        case .binary(let data):
            try await perform("send", ["label": .string(label), "base64": .string(data.base64EncodedString())])
        }
    }

    func sendSequence(count: Int, size: Int, on label: String) async throws {
        let parameters: JSONValue = [
            "label": .string(label), "count": .number(Double(count)), "size": .number(Double(size)),
        ]
        try await perform("sendSequence", parameters)
    }

    func closeChannel(_ label: String) async throws {
        try await perform("closeChannel", ["label": .string(label)])
    }

    func close() async throws {
        try await perform("close", [:])
    }

    /// Carries out an operation that only this program has.
    @discardableResult
    func perform(_ operation: String, _ parameters: JSONValue) async throws -> JSONValue {
        try await control.perform(operation, on: name, parameters)
    }
}
