internal import Signaling

/// The names of the channels of one cluster.
struct RedisChannels: Sendable, Hashable {
    private static let limit = 1...128

    let prefix: String

    /// What everybody hears.
    var all: String { prefix + ":all" }

    /// What one node hears.
    func to(_ node: String) -> String { prefix + ":to:" + node }

    /// Whether it may be the name of a node, or the prefix: letters, digits and `-_.:`.
    static func isName(_ name: String) -> Bool {
        limit.contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "-_.:".utf8.contains(byte)
                }
            }
    }

    /// Refuses what is no name.
    static func check(name: String, _ setting: String) throws(SignalingError) {
        guard !isName(name) else { return }
        throw SignalingError(
            .invalidConfiguration,
            "\(setting) is \"\(name.prefix(80))\": 1 to 128 letters, digits and -_.: without spaces")
    }
}
