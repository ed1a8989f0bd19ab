import Mesh
import Signaling
import TestSupport
import Testing

@Suite("What a service's TXT record says")
struct PeerSightingTests {
    private let endpoint = ServerEndpoint(hosts: ["10.0.0.1", "fe80::1%eth0"], port: 3010, isSameHost: false)
    private let id = PeerID()

    @Test("a record reads back as it was announced")
    func roundTrip() {
        let sighting = PeerSighting(
            id: id, displayName: "Anna", peerType: .controller, startedAt: 1_700_000_000_000, endpoint: endpoint)
        #expect(
            sighting.txt == [
                "peer_id": id.text, "display_name": "Anna", "peer_type": "controller", "priority_type": "2",
                "priority_time": "1700000000000",
            ])
        #expect(PeerSighting(txt: sighting.txt, endpoint: endpoint) == sighting)
    }

    @Test("a missing or invalid id makes the record void")
    func voidWithoutID() {
        for text in [nil, "", "me", "7f0e0f6e-2b6b-4f0a-8d1e", "7f0e0f6e_2b6b_4f0a_8d1e_6a1f6a1f6a1f"] {
            var txt = ["display_name": "x"]
            txt["peer_id"] = text
            #expect(PeerSighting(txt: txt, endpoint: endpoint) == nil)
        }
    }

    @Test("missing fields have the values of Docs/Mesh.md, and no start time counts as the latest")
    func defaults() {
        let sighting = PeerSighting(txt: ["peer_id": id.text], endpoint: endpoint)
        #expect(
            sighting
                == PeerSighting(
                    id: id, displayName: "Unknown", peerType: .display, score: 1, startedAt: .max, endpoint: endpoint))
    }

    @Test("scores outside 1 and 2, and numbers that are none, do not help to win")
    func hostileNumbers() {
        for score in ["3", "99999999999999999999999", "-1", "two", ""] {
            let sighting = PeerSighting(
                txt: ["peer_id": id.text, "priority_type": score, "priority_time": score], endpoint: endpoint)
            #expect(sighting?.score == 1)
        }
    }

    @Test("the server's URLs bracket IPv6")
    func urls() {
        #expect(endpoint.urls == ["ws://10.0.0.1:3010/ws", "ws://[fe80::1%eth0]:3010/ws"])
    }

    @Test("names lose what a terminal would obey and are cut")
    func names() {
        #expect(DisplayName.cleaned("a\u{1B}[2Jb\u{202E}c\u{7}\n") == "a [2Jb c")
        #expect(DisplayName.cleaned(nil) == "Unknown")
        #expect(DisplayName.cleaned(" \u{0} ") == "Unknown")
        #expect(DisplayName.cleaned(String(repeating: "x", count: 100_000)).count == DisplayName.maximumLength)
        #expect(DisplayName.cleaned("Zoë \u{1F468}\u{200D}\u{1F4BB}") == "Zoë \u{1F468}\u{200D}\u{1F4BB}")
    }

    @Test("ids that differ in case are one id, and keep their spelling")
    func caseOfIDs() throws {
        let upper = try #require(PeerID(id.text.uppercased()))
        #expect(upper == id)
        #expect(upper.text != id.text)
        #expect(Set([upper, id]).count == 1)
    }

    @Test("random records never trap", arguments: UInt64(1)...3)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let keys = ["peer_id", "display_name", "peer_type", "priority_type", "priority_time"]
        var taken = 0
        for _ in 0..<2000 {
            var txt: [String: String] = [:]
            for key in keys {
                let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                txt[key] = String(decoding: bytes, as: UTF8.self)
            }
            if Bool.random(using: &generator) { txt["peer_id"] = id.text }
            if let sighting = PeerSighting(txt: txt, endpoint: endpoint) {
                taken += 1
                #expect(sighting.displayName.count <= DisplayName.maximumLength)
            }
        }
        #expect(taken > 0)
    }
}
