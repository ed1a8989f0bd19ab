import Foundation
import StrictJSON

@testable import Signaling

/// Drives a server core and reads its outputs as objects.
struct CoreDriver {
    typealias Object = [String: JSONValue]

    static let ann = "0A0A0A0A-0000-4000-8000-00000000000A"
    static let bob = "0B0B0B0B-0000-4000-8000-00000000000B"
    static let eve = "0E0E0E0E-0000-4000-8000-00000000000E"

    var core = SignalingServerCore()
    var now = Duration.seconds(0)

    init(limits: SignalingLimits = .init(), connected: [UInt64] = [1, 2, 3]) {
        core = SignalingServerCore(limits: limits)
        for socket in connected { _ = core.connected(socket, now: now) }
    }

    /// A core with Ann on socket 1 and Bob on socket 2.
    static func meshOfTwo() -> CoreDriver {
        var driver = CoreDriver()
        _ = driver.send(1, register(ann, "Ann"))
        _ = driver.send(2, register(bob, "Bob"))
        return driver
    }

    static func register(_ id: String, _ name: String, type: String = "display") -> String {
        #"{"type":"register","peer_id":"\#(id)","peer_type":"\#(type)","display_name":"\#(name)","display_class":null}"#
    }

    mutating func send(_ socket: UInt64, _ text: String) -> Replies {
        let now = now
        return perform { $0.received(Array(text.utf8), from: socket, now: now) }
    }

    mutating func tick(after duration: Duration) -> Replies {
        now += duration
        let now = now
        return perform { $0.tick(now: now) }
    }

    mutating func perform(_ body: (inout SignalingServerCore) -> [SignalingServerCore.Output]) -> Replies {
        let outputs = body(&core)
        return Replies(outputs, list: core.peerListMessage)
    }

    /// Outputs, sorted by kind.
    struct Replies {
        var sent: [(socket: UInt64, message: JSONValue)] = []
        var closed: [UInt64: UInt16] = [:]
        var pinged: [UInt64] = []
        /// Whose connection is another one's now.
        var rebound: [UInt64: UInt64] = [:]
        /// The tokens that are to be looked at.
        var verified: [(socket: UInt64, token: String)] = []

        /// - Parameter list: the mesh's, as it is now, which is what a socket is sent that is due one.
        init(_ outputs: [SignalingServerCore.Output], list: [UInt8]) {
            for output in outputs {
                switch output {
                case .list(let socket): sent.append((socket, (try? JSONReader.read(list)) ?? .null))
                case .verify(let socket, let token): verified.append((socket, token))
                case .ping(let socket): pinged.append(socket)
                case .send(let socket, let bytes):
                    sent.append((socket, (try? JSONReader.read(bytes)) ?? .null))
                case .close(let socket, let code, _): closed[socket] = code
                case .rebind(let socket, let other): rebound[other] = socket
                case .welcome, .forget, .announce, .tell, .cut: break
                }
            }
        }

        /// The error codes that a socket was told.
        func errors(_ socket: UInt64) -> [String] {
            messages(socket).filter { $0["type"]?.text == "error" }.compactMap { $0["code"]?.text }
        }

        func messages(_ socket: UInt64) -> [JSONValue] { sent.filter { $0.socket == socket }.map(\.message) }

        var recipients: [UInt64] { sent.map(\.socket) }

        /// The ids in the last peer list of a socket.
        func peers(_ socket: UInt64) -> [String]? {
            guard case .array(let peers)? = messages(socket).last?["peers"] else { return nil }
            return peers.compactMap { $0["id"]?.text ?? $0.text }
        }
    }
}

extension SignalingServerCore {
    /// The mesh's peers as they are listed.
    var peerList: [PeerInfo] { dialects.lazy.compactMap { $0 as? MeshDialect }.first?.peers ?? [] }

    /// The list as a message.
    var peerListMessage: [UInt8] {
        dialects.lazy.compactMap { $0 as? MeshDialect }.first?.list?.bytes ?? []
    }

    var rooms: RoomDialect { dialects.lazy.compactMap { $0 as? RoomDialect }.first ?? RoomDialect() }

    mutating func setLeader(_ peerID: String?) -> [Output] {
        with(MeshDialect.self, now: .zero) { mesh, turn in mesh.setLeader(peerID, in: &turn) }?.outputs ?? []
    }
}
