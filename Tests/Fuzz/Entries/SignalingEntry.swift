import Foundation
import StrictJSON

@testable import Signaling
@testable import WebRTC

/// JSON that others send: to the signaling server, and to its clients.
enum SignalingEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        switch input.below(3) {
        case 0: try readJSON(input.rest())
        case 1: try converse(&input)
        default: readMessages(input.rest())
        }
    }

    /// What is read can be written, and reads the same.
    private static func readJSON(_ bytes: [UInt8]) throws {
        let kept = try? JSONReader.read(bytes, keepsLongStrings: true)
        guard let value = try? JSONReader.read(bytes) else {
            return try FuzzFinding.require(kept == nil, "what is kept as it stands is no JSON")
        }
        try FuzzFinding.require(kept == value, "what is kept as it stands is something else")
        let again = try? JSONReader.read(value.bytes)
        try FuzzFinding.require(again == value, "what was written reads as something else")
    }

    /// Three sockets that say lines to a server; what it answers is JSON, and for a socket that is there.
    private static func converse(_ input: inout FuzzInput) throws {
        var core = SignalingServerCore()
        var now = Duration.seconds(0)
        var open: Set<UInt64> = []
        for line in input.rest().split(separator: 10).prefix(50) {
            let socket = UInt64((line.first ?? 0) % 3)
            if !open.contains(socket) {
                open.insert(socket)
                _ = core.connected(socket, now: now)
            }
            let outputs: [SignalingServerCore.Output]
            switch (line.first ?? 0) >> 4 {
            case 3: outputs = core.received(Array(line.dropFirst()), from: socket, now: now)
            case 4:
                now += .seconds(Int(line.first ?? 0) % 16)
                outputs = core.tick(now: now)
            case 5:
                open.remove(socket)
                outputs = core.closed(socket)
            case 6: outputs = core.receivedTooLarge(from: socket, now: now)
            default: outputs = core.received(Array(line), from: socket, now: now)
            }
            for output in outputs {
                switch output {
                case .send(let to, let bytes):
                    try FuzzFinding.require(open.contains(to), "something is sent to nobody")
                    try FuzzFinding.require((try? JSONReader.read(bytes)) != nil, "something is sent that is no JSON")
                case .close(let closed, _, _):
                    if open.remove(closed) != nil { _ = core.closed(closed) }
                case .list, .ping, .verify, .welcome, .forget, .rebind, .announce, .tell, .cut: break
                }
            }
        }
    }

    private static func readMessages(_ bytes: [UInt8]) {
        guard JSONReader.accepts(bytes) else { return }
        let (decoder, encoder, data) = (JSONDecoder(), JSONEncoder(), Data(bytes))
        if let message = try? MeshMessage(SignalingMessage(parsing: bytes)) { _ = message.message.bytes }
        if let payload = try? decoder.decode(SignalingPayload.self, from: data) { _ = try? encoder.encode(payload) }
        _ = try? decoder.decode(SessionDescription.self, from: data)
        _ = try? decoder.decode(ICECandidateInit.self, from: data)
    }
}
