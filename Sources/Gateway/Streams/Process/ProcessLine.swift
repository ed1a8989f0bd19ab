internal import ICE
internal import Signaling
internal import StrictJSON

/// A line between the server and a streamer that is a program of its own: one JSON value, its kind
/// outside, as Rust's serde writes enumerations.
enum ProcessLine {
    /// To the program.
    enum Order: Sendable {
        /// What it is to show: its settings.
        case start(JSONValue)
        /// Begin with the source.
        case startSource
        case addPeer(String)
        case fromPeer(String, SignalingMessage)
        case removePeer(String)
        case stop

        var bytes: [UInt8] { json.bytes + [UInt8(ascii: "\n")] }

        private var json: JSONValue {
            switch self {
            case .start(let settings): .object(["Init": settings])
            case .startSource: .string("StartMoonlight")
            case .addPeer(let id): .object(["AddPeer": .object(["peer_id": .string(id)])])
            case .fromPeer(let id, let message):
                .object(["FromPeer": .object(["peer_id": .string(id), "message": message.json])])
            case .removePeer(let id): .object(["RemovePeer": .object(["peer_id": .string(id)])])
            case .stop: .string("Stop")
            }
        }
    }

    /// From the program.
    enum Report: Sendable {
        /// For all peers.
        case broadcast(SignalingMessage)
        case toPeer(String, SignalingMessage)
        /// Its source has given its first packet.
        case live
        case stop
    }

    /// Why a line means nothing.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads what the server is sent.
    static func report(_ bytes: [UInt8]) throws(Malformed) -> Report {
        let (name, content) = try tagged(bytes)
        switch (name, content) {
        case ("MoonlightConnected", _): return .live
        case ("Stop", _): return .stop
        // A socket's message without a peer is for all: there is no first one among them here.
        case ("WebSocket", let content?), ("Broadcast", let content?): return .broadcast(try message(content))
        case ("ToPeer", let content?):
            guard let id = content["peer_id"]?.text, let inner = content["message"] else {
                throw Malformed(description: "ToPeer needs peer_id and message")
            }
            return .toPeer(id, try message(inner))
        default: throw Malformed(description: "there is no report \"\(name.prefix(40))\" of that form")
        }
    }

    /// Reads what the program is sent.
    static func order(_ bytes: [UInt8]) throws(Malformed) -> Order {
        let (name, content) = try tagged(bytes)
        let peer = content?["peer_id"]?.text
        switch (name, content, peer) {
        case ("StartMoonlight", _, _): return .startSource
        case ("Stop", _, _): return .stop
        case ("Init", let settings?, _): return .start(settings)
        case ("AddPeer", _, let id?): return .addPeer(id)
        case ("RemovePeer", _, let id?): return .removePeer(id)
        case ("FromPeer", let content?, let id?):
            guard let inner = content["message"] else { throw Malformed(description: "FromPeer needs a message") }
            return .fromPeer(id, try message(inner))
        default: throw Malformed(description: "there is no order \"\(name.prefix(40))\" of that form")
        }
    }

    /// What the program is told at first.
    ///
    /// - Parameter peers: how many peers there may be.
    static func settings(_ request: StreamerRequest, peers: Int, iceServers: [ICEServer]) -> JSONValue {
        guard case .object(var members) = request.json else { return request.json }
        members["max_peers"] = .number("\(peers)")
        members["ice_servers"] = .iceServers(iceServers)
        return .object(members)
    }

    static func iceServers(of settings: JSONValue) -> [ICEServer] {
        guard case .array(let servers)? = settings["ice_servers"] else { return [] }
        return servers.compactMap { server in
            guard case .array(let urls)? = server["urls"] else { return nil }
            return ICEServer(
                urls: urls.compactMap(\.text), username: server["username"]?.text,
                credential: server["credential"]?.text)
        }
    }

    private static func tagged(_ bytes: [UInt8]) throws(Malformed) -> (String, JSONValue?) {
        let value: JSONValue
        do throws(JSONReader.Failure) {
            value = try JSONReader.read(bytes, keepsLongStrings: true)
        } catch {
            throw Malformed(description: "not JSON at byte \(error.offset): \(error.reason)")
        }
        if let name = value.text { return (name, nil) }
        guard case .object(let members) = value, members.count == 1, let only = members.first else {
            throw Malformed(description: "a line is a string, or an object with one member")
        }
        return (only.key, only.value == .null ? nil : only.value)
    }

    private static func message(_ value: JSONValue) throws(Malformed) -> SignalingMessage {
        do throws(SignalingRefusal) {
            return try SignalingMessage(value)
        } catch {
            throw Malformed(description: error.message)
        }
    }
}
