import Foundation
import TestSupport
import Testing

@testable import TransportTypes

@Suite("candidate lines")
struct ICECandidateTests {
    static let lines = [
        "candidate:1 1 UDP 2130706431 192.0.2.1 3478 typ host",
        "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.5 rport 46154 generation 0 "
            + "ufrag 3kQp network-id 1 network-cost 50",
        "candidate:3885250869 1 udp 2122260223 3f1a2b3c-0000-4000-8000-abcdefabcdef.local 50112 typ host generation 0",
        "candidate:4 1 tcp 1518280447 10.0.0.5 9 typ host tcptype active generation 0 ufrag abcd network-id 1",
        "candidate:0 1 TCP 2105458943 2001:db8::1 9 typ host tcptype passive",
        "candidate:aB+/9 2 udp 41885439 198.51.100.9 60000 typ relay raddr 203.0.113.7 rport 46154",
        "candidate:1 256 sctp 4294967295 ::1 0 typ future x-a 1 x-b 2 x-a 3",
        "candidate:6 1 udp 1685987071 203.0.113.7 500 typ prflx rport 7 raddr 10.0.0.5 tcptype so",
    ]

    @Test(
        "addresses that no single host has are not checked",
        arguments: ["0.0.0.0", "255.255.255.255", "224.0.0.251", "239.255.255.250", "240.0.0.1", "::", "ff02::fb"])
    func notUnicast(address: String) throws {
        #expect(try #require(IPAddress(address)).isUnicast == false)
    }

    @Test(
        "addresses of hosts are checked, those of this machine among them", arguments: ["127.0.0.1", "::1", "1.2.3.4"])
    func unicast(address: String) throws {
        #expect(try #require(IPAddress(address)).isUnicast)
    }

    @Test("every line prints as it was read", arguments: lines)
    func roundTrip(_ line: String) throws {
        let candidate = try ICECandidate(parsing: line)
        #expect(candidate.description == line)
        #expect(try ICECandidate(parsing: "a=" + line + "\r\n") == candidate)
        #expect(try ICECandidate(parsing: String(line.dropFirst(10))) == candidate)
    }

    @Test("the fields of a browser's server-reflexive candidate are found")
    func fields() throws {
        let candidate = try ICECandidate(parsing: Self.lines[1])
        #expect(candidate.foundation == "842163049")
        #expect(candidate.component == 1)
        #expect(candidate.transport == .udp)
        #expect(candidate.priority == 1_677_729_535)
        #expect(candidate.address == "203.0.113.7")
        #expect(candidate.port == 46154)
        #expect(candidate.kind == .serverReflexive)
        #expect(candidate.relatedAddress == "10.0.0.5")
        #expect(candidate.relatedPort == 46154)
        #expect(candidate.tcpType == nil)
        #expect(candidate.usernameFragment == "3kQp")
        #expect(candidate.extensions.map(\.name) == ["generation", "ufrag", "network-id", "network-cost"])
        #expect(!candidate.hasLocalName)
        #expect(try ICECandidate(parsing: Self.lines[2]).hasLocalName)
        #expect(try ICECandidate(parsing: Self.lines[3]).tcpType == .active)
        #expect(try ICECandidate(parsing: Self.lines[0]).transport == ICECandidate.Transport(rawValue: "udp"))
    }

    @Test(
        "a malformed line is refused, naming the field",
        arguments: [
            ("", "line"), ("candidate:", "line"), ("candidate:1 1 udp 1 192.0.2.1 1 typ", "line"),
            ("candidate:1 1 udp  1 192.0.2.1 1 typ host", "line"),
            ("candidate:1 1 udp 1 192.0.2.1 1 typ host\u{0} x y", "line"),
            ("candidate:1 1 udp 1 192.0.2.1 1 typ host x\ny z", "line"),
            ("candidate:1 -1 udp 1 192.0.2.1 1 typ host", "component"),
            ("candidate:1 65536 udp 1 192.0.2.1 1 typ host", "component"),
            ("candidate:1\t1 udp 1 192.0.2.1 1 typ host", "line"),
            ("candidate:1 1 u/p 1 192.0.2.1 1 typ host", "transport"),
            ("candidate:1 1 udp 4294967296 192.0.2.1 1 typ host", "priority"),
            ("candidate:1 1 udp +1 192.0.2.1 1 typ host", "priority"),
            ("candidate:1 1 udp 1 192.0.2.1 65536 typ host", "port"),
            ("candidate:1 1 udp 1 192.0.2.1 x typ host", "port"),
            ("candidate:1 1 udp 1 192.0.2.1 1 type host", "type"),
            ("candidate:1 1 udp 1 192.0.2.1 1 typ ho;st", "type"),
            ("candidate:1 1 udp 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport 70000", "rport"),
            ("candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype both", "tcptype"),
            ("candidate:1 1 udp 1 192.0.2.1 1 typ host x " + String(repeating: "y", count: 2048), "line"),
        ])
    func malformed(_ line: String, _ field: String) {
        let error = #expect(throws: ICEError.self) { try ICECandidate(parsing: line) }
        #expect(error?.code == .invalidCandidate)
        #expect(error?.message.hasPrefix("candidate \(field):") == true, "\(error?.message ?? "")")
    }

    @Test(
        "what peers write beyond the grammar is taken, and written back as the grammar has it where we change it",
        arguments: [
            ("1 1 udp 1 fe80::1%eth0 1 typ host", "1 1 udp 1 fe80::1 1 typ host"),
            ("1 1 udp 1 fe80::1%25en0 1 typ host", "1 1 udp 1 fe80::1 1 typ host"),
            ("1 1 udp 1 192.0.2.1%wlan0 1 typ host", "1 1 udp 1 192.0.2.1 1 typ host"),
            ("1 1 udp 1 [2001:db8::1] 1 typ host", "1 1 udp 1 2001:db8::1 1 typ host"),
            ("1 1 udp 1 [fe80::1%2] 1 typ host", "1 1 udp 1 fe80::1 1 typ host"),
            (
                "1 1 udp 1 203.0.113.7 1 typ srflx raddr fe80::2%eth0 rport 007",
                "1 1 udp 1 203.0.113.7 1 typ srflx raddr fe80::2 rport 7"
            ),
            ("1 1 udp 02130706431 192.0.2.1 05000 typ host", "1 1 udp 2130706431 192.0.2.1 5000 typ host"),
            ("1 1 udp 1 192.0.2.1 1 typ host generation 0 network-id", "1 1 udp 1 192.0.2.1 1 typ host generation 0"),
            ("a-b!é 1 udp 1 192.0.2.1 1 typ host", "a-b!é 1 udp 1 192.0.2.1 1 typ host"),
            ("1 0 udp 1 192.0.2.1 1 typ host", "1 0 udp 1 192.0.2.1 1 typ host"),
            ("1 300 udp 1 192.0.2.1 1 typ host", "1 300 udp 1 192.0.2.1 1 typ host"),
            ("1 1 quic 1 192.0.2.1 1 typ future x y", "1 1 quic 1 192.0.2.1 1 typ future x y"),
            ("1 1 tcp 1 192.0.2.1 9 typ host tcptype ACTIVE", "1 1 tcp 1 192.0.2.1 9 typ host tcptype ACTIVE"),
            ("1 1 udp 1 foo!bar%x 1 typ host", "1 1 udp 1 foo!bar%x 1 typ host"),
        ])
    func liberal(_ read: String, _ written: String) throws {
        let candidate = try ICECandidate(parsing: "candidate:" + read)
        #expect(candidate.description == "candidate:" + written)
        #expect(try ICECandidate(parsing: candidate.description) == candidate)
        #expect(candidate.transport != .tcp || candidate.tcpType == .active)
    }

    @Test(
        "marks and blanks beyond ASCII are part of the word beside them, wherever they stand",
        arguments: [
            "\u{85}", "\u{A0}", "\u{200E}", "\u{2028}", "\u{FEFF}", "\u{301}", "\u{1F3FB}", "\u{200D}", "%", "[", "]",
        ])
    func beyondASCII(_ mark: String) throws {
        let words = Self.lines[1].components(separatedBy: " ") + ["left-over"]
        var taken = 0
        for index in words.indices {
            for word in [mark + words[index], words[index] + mark, mark] {
                let line = (words[..<index] + [word] + words[(index + 1)...]).joined(separator: " ")
                guard let candidate = try? ICECandidate(parsing: line) else { continue }
                taken += 1
                #expect(try ICECandidate(parsing: candidate.description) == candidate, "\(line)")
            }
        }
        #expect(taken > 20)
    }

    @Test("whatever a damaged line parses as, it prints and parses as the same again")
    func damaged() {
        var generator = SeededGenerator(seed: 8839)
        var parsed = 0
        for _ in 0..<20_000 {
            var bytes = Array((Self.lines.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                guard let index = bytes.indices.randomElement(using: &generator) else { break }
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes.randomElement(using: &generator) ?? 32, at: index)
                }
            }
            guard let candidate = try? ICECandidate(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            parsed += 1
            #expect((try? ICECandidate(parsing: candidate.description)) == candidate)
        }
        #expect(parsed > 1000 && parsed < 19_000)
    }

    @Test("a combining mark behind a colon or a space belongs to the word, and is read back so")
    func combiningMarks() throws {
        for line in [
            "candidate:\u{301}1 1 udp 1 192.0.2.1 9 typ host", "candidate:1 1 udp 1 \u{301}a 9 typ host x \u{301}y",
        ] {
            let candidate = try ICECandidate(parsing: line)
            #expect(Array(candidate.description.utf8) == Array(line.utf8))
            #expect(try ICECandidate(parsing: candidate.description) == candidate)
        }
    }

    @Test("credentials have the lengths and characters of RFC 8839")
    func credentials() throws {
        let password = String(repeating: "p", count: 22)
        for fragment in ["ab+/", "a-_=", "#abc"] {
            let credentials = try ICECredentials(usernameFragment: fragment, password: password + fragment)
            #expect(credentials.usernameFragment == fragment)
        }
        for fragment in ["", "abc", "ab c", "ab:cd", "ab.cd", String(repeating: "a", count: 257), "abc\u{0}", "äöüß"] {
            #expect(throws: ICEError.self) { try ICECredentials(usernameFragment: fragment, password: password) }
        }
        for password in ["", "short", String(repeating: "p", count: 257), password + "\n"] {
            #expect(throws: ICEError.self) { try ICECredentials(usernameFragment: "abcd", password: password) }
        }
        #expect(!"\(try ICECredentials(usernameFragment: "abcd", password: password))".contains(password))
    }

    @Test("a base is hidden with its port, and a candidate has one fragment, the last that it was given")
    func hidden() throws {
        for (base, hidden) in [("10.0.0.5", "0.0.0.0"), ("2001:db8::5", "::")] {
            var candidate = try ICECandidate(
                parsing: "candidate:1 1 udp 1 203.0.113.7 46154 typ srflx raddr \(base) rport 5000 ufrag abcd")
            candidate.hideRelated()
            #expect(candidate.relatedAddress == hidden && candidate.relatedPort == 9)
            for fragment in ["efgh", "ijkl"] { candidate.setUsernameFragment(fragment) }
            #expect(candidate.extensions == [.init(name: "ufrag", value: "ijkl")])
        }
    }
}
