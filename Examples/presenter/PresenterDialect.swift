import Signaling

/// A dialect of one's own: one presenter and any number of viewers of a show, by its name.
///
/// `present` and `view` say which show; a viewer's descriptions and candidates go to the presenter
/// with the viewer's number, and the presenter's answer to the number that it names. Viewers never
/// hear of each other.
struct PresenterDialect: SignalingDialect {
    private struct Show {
        var presenter: SignalingSocketID?
        var viewers: Set<SignalingSocketID> = []
    }

    private var shows: [String: Show] = [:]
    private var places: [SignalingSocketID: String] = [:]

    let openings: Set = ["present", "view"]
    let types: Set = ["present", "view", "description", "ice"]
    let howToBegin = "send present or view"

    mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        let name = try message.required("show")
        var show = shows[name] ?? Show()
        if message.type == "present" {
            guard show.presenter == nil else {
                throw SignalingRefusal(ErrorMessage.Code.idInUse, "somebody presents \(name) already")
            }
            show.presenter = socket.id
            for viewer in show.viewers.sorted() { turn.send(Self.note("viewer", viewer), to: socket.id) }
        } else {
            guard show.viewers.count < 1000 else {
                throw SignalingRefusal(ErrorMessage.Code.full, "\(name) has 1000 viewers, and no more are taken")
            }
            show.viewers.insert(socket.id)
            if let presenter = show.presenter { turn.send(Self.note("viewer", socket.id), to: presenter) }
        }
        shows[name] = show
        places[socket.id] = name
        turn.welcome(socket.id, with: SignalingMessage(type: "welcome"))
    }

    mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let name = places[socket], let show = shows[name], !openings.contains(message.type) else {
            throw SignalingRefusal(ErrorMessage.Code.identity, "this socket has its place in a show", isBad: true)
        }
        var message = message
        guard socket == show.presenter else {
            guard let presenter = show.presenter else {
                throw SignalingRefusal(ErrorMessage.Code.recipientOffline, "nobody presents \(name)")
            }
            message["viewer"] = "\(socket)"
            return turn.send(message, to: presenter)
        }
        let viewer = try message.required("viewer")
        message["viewer"] = nil
        guard let number = SignalingSocketID(viewer), show.viewers.contains(number) else {
            throw SignalingRefusal(ErrorMessage.Code.unknownPeer, "\(viewer) does not view \(name)", to: viewer)
        }
        turn.send(message, to: number)
    }

    mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard let name = places.removeValue(forKey: socket), var show = shows[name] else { return }
        if show.presenter == socket {
            show.presenter = nil
            turn.send(SignalingMessage(type: "over"), to: show.viewers.sorted())
        } else {
            show.viewers.remove(socket)
            if let presenter = show.presenter { turn.send(Self.note("viewer-left", socket), to: presenter) }
        }
        shows[name] = show.presenter == nil && show.viewers.isEmpty ? nil : show
    }

    private static func note(_ type: String, _ viewer: SignalingSocketID) -> SignalingMessage {
        SignalingMessage(type: type, ["viewer": "\(viewer)"])
    }
}
