internal import Foundation
public import SharedState

extension StateEntry {
    /// The value; nil for a deletion.
    ///
    /// - Throws: `.wrongType` when it cannot be read as one.
    public func value<Value: Decodable>(as type: Value.Type = Value.self) throws(StateError) -> Value? {
        guard let value else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(value))
        } catch {
            throw StateError(.wrongType, "what is stored for \"\(key)\" is no \(type)")
        }
    }
}

extension StateChange {
    /// What is there now; nil if nothing is.
    ///
    /// - Throws: `.wrongType` when it cannot be read as one.
    public func value<Value: Decodable>(as type: Value.Type = Value.self) throws(StateError) -> Value? {
        try entry.value(as: type)
    }
}

extension ReplicaID {
    /// The name of a node.
    public init(_ peer: PeerID) {
        self.init(trusted: peer.text.lowercased())
    }

    /// The node with that name.
    public var peerID: PeerID? { PeerID(description) }
}
