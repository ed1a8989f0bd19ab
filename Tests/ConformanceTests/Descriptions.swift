import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

/// Descriptions of another implementation, line by line.
enum Foreign {
    /// A section of one codec.
    static func media(
        _ kind: MediaKind, mid: String? = nil, direction: String = "sendrecv", port: Int = 9, codecs: [String]? = nil,
        _ more: String...
    ) -> [String] {
        let codecs = codecs ?? (kind == .audio ? ["111 opus/48000/2"] : ["96 VP8/90000"])
        let numbers = codecs.map { $0.prefix { $0 != " " } }.joined(separator: " ")
        return ["m=\(kind.rawValue) \(port) UDP/TLS/RTP/SAVPF \(numbers)", "c=IN IP4 0.0.0.0"]
            + (mid.map { ["a=mid:\($0)"] } ?? []) + transport + ["a=rtcp-mux", "a=\(direction)"]
            + codecs.filter { $0.contains(" ") }.map { "a=rtpmap:\($0)" } + more
    }

    static let transport = [
        "a=ice-ufrag:abcd", "a=ice-pwd:someotherpasswordofice12", "a=setup:actpass",
        "a=fingerprint:sha-256 " + [String](repeating: "0A", count: 32).joined(separator: ":"),
    ]

    /// An offer of these sections, bundled if they have tags.
    static func offer(_ sections: [String]...) -> SessionDescription {
        SessionDescription(type: .offer, sdp: text(sections))
    }

    static func answer(_ sections: [String]...) -> SessionDescription {
        SessionDescription(type: .answer, sdp: text(sections))
    }

    private static func text(_ sections: [[String]]) -> String {
        let mids = sections.joined().filter { $0.hasPrefix("a=mid:") }.map { $0.dropFirst(6) }
        let group = mids.isEmpty ? [] : ["a=group:BUNDLE " + mids.joined(separator: " ")]
        let lines = ["v=0", "o=- 166855176514521964 2 IN IP4 127.0.0.1", "s=-", "t=0 0"] + group + sections.joined()
        return lines.map { $0 + "\r\n" }.joined()
    }
}

/// A section as text: its lines from `m=` on.
struct Section {
    let lines: [String]

    var kind: String { fields[0] }
    var port: String { fields[1] }
    var formats: [String] { Array(fields.dropFirst(3)) }
    var direction: String? {
        lines.first { ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"].contains($0) }.map {
            String($0.dropFirst(2))
        }
    }

    /// What follows the name and the colon in each line of that attribute.
    func values(of name: String) -> [String] {
        lines.filter { $0.hasPrefix("a=\(name):") }.map { String($0.dropFirst(name.utf8.count + 3)) }
    }

    /// The names of the codecs, in the order of `m=`.
    var codecs: [String] {
        let maps = values(of: "rtpmap")
        return formats.map { format in
            maps.first { $0.hasPrefix(format + " ") }.map { String($0.dropFirst(format.utf8.count + 1)) } ?? format
        }
    }

    private var fields: [String] { (lines.first ?? "").dropFirst(2).split(separator: " ").map(String.init) }
}

extension SessionDescription {
    var lines: [String] { sdp.split(separator: "\r\n").map(String.init) }

    /// Without what gathering adds to it at any time.
    var bare: SessionDescription {
        let rest = lines.filter { !$0.hasPrefix("a=candidate:") && $0 != "a=end-of-candidates" }
        return SessionDescription(type: type, sdp: rest.map { $0 + "\r\n" }.joined())
    }

    var sections: [Section] {
        let lines = lines
        let starts = lines.indices.filter { lines[$0].hasPrefix("m=") }
        return zip(starts, starts.dropFirst() + [lines.endIndex]).map { Section(lines: Array(lines[$0..<$1])) }
    }
}

extension PeerConnection {
    /// A connection that sees nothing but loopback.
    static func make() throws -> PeerConnection {
        try PeerConnection(configuration: ConnectedPair.loopback)
    }

    /// How often it asks for an offer until it is closed; closes it.
    func countOfNeeds() async -> Int {
        let needs = negotiationNeeded
        close()
        return await needs.count()
    }
}

extension EventSequence where Element == Void {
    fileprivate func count() async -> Int {
        var count = 0
        for await _ in self { count += 1 }
        return count
    }
}

extension EventSequence {
    /// The next event.
    func first() async -> Element? {
        for await event in self { return event }
        return nil
    }
}

/// Begins operations one after another without waiting for any of them.
func begin(_ operation: sending @escaping @isolated(any) () async throws -> Void) -> Task<Void, any Error> {
    Task.immediate { try await operation() }
}
