import SDP
import Testing

/// Lines that are not as their RFC has them, and that nobody needs.
@Suite("Odd lines")
struct LiberalReadingTests {
    private static let data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"

    private static func text(_ line: String) -> String {
        "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\n" + line + "\r\n" + data
    }

    @Test(
        "a session's numbers may have any size, base and sign",
        arguments: [
            "18446744073709551616", "123456789012345678901234567890", "0x1F", "-5", "+5", "1.5", "-", "007", "deadBEEF",
        ])
    func sessionNumbers(number: String) throws {
        let text = "v=0\r\no=- \(number) \(number) IN IP4 127.0.0.1\r\ns=-\r\n"
        let document = try SDPDocument(parsing: text)
        #expect(document.origin.sessionID == number && document.origin.sessionVersion == number)
        #expect(document.serialized() == text)
    }

    /// Comparing one of 64 KiB takes a quarter of a second, and a name of an attribute is compared often.
    @Test("a line that is dear to compare is left out; where it is needed, the text is refused")
    func dearLine() throws {
        let marks = String(repeating: "\u{301}\u{323}", count: 16)
        for line in ["a=e\(marks)", "a=e\(marks):x", "a=mid:e\(marks)", "i=e\(marks)", "c=IN IP4 e\(marks)"] {
            #expect(try SDPDocument(parsing: Self.text(line)).lines.isEmpty)
            #expect(try SDPDocument(parsing: Self.text("") + line).media.map(\.lines) == [[]])
        }
        let needed = ["o=e 1 2 IN IP4 0", "s=e", "m=audio 9 e 0"]
        for index in needed.indices {
            let lines = needed.enumerated().map { $0 == index ? $1.replacing("e", with: "e\(marks)") : $1 }
            #expect(throws: SDPError.self) { try SDPDocument(parsing: (["v=0"] + lines).joined(separator: "\r\n")) }
        }
        let tolerable = "s=e" + String(repeating: "\u{301}\u{323}", count: 15)
        #expect(throws: Never.self) { try SDPDocument(parsing: "v=0\r\no=- 1 2 IN IP4 0\r\n" + tolerable) }
    }

    @Test(
        "costs nothing, at either level, and is written back as it was",
        arguments: [
            "t=", "t=0", "t=0 x", "t=-1 -1", "t=0 0 0", "t=0 18446744073709551616", "r=", "r=x", "z=x", "k=", "k=x:y",
            "i=",
            "u=", "e=", "p=", "c=", "c=x", "c=IN IP4", "c=IN IP4 :: x", "c=IN IP9 1.1.1.1", "c=IN IP6 fe80::1%eth0",
            "b=",
            "b=AS", "b=:1", "b=A S:1", "b=AS:1.5", "b=AS:-1", "b=AS:18446744073709551616", "b=RR:", "x=y", "q=", "1=1",
            "v=0", "v=1", "o=-", "s=again", "a=", "a=:", "a=:x", "a= ", "a= x", "a=\u{E9}:x", "a=foo", "a=foo:",
            "a=mid", "a=mid:a b", "a=group", "a=group:", "a=group:XYZ 7 8", "a=ice-ufrag:abc", "a=ice-ufrag",
            "a=ice-pwd:short",
            "a=fingerprint:sha-256", "a=fingerprint:sha-256 AABB", "a=setup:both", "a=setup", "a=sctp-port:65536",
            "a=sctp-port:x", "a=max-message-size:lots", "a=max-message-size:-1", "a=sctpmap:5000", "a=sctpmap:x y z",
            "a=ice-options", "a=ice-options:", "a=candidate", "a=candidate:x", "a=ssrc", "a=ssrc:x y", "a=ssrc-group:",
            "a=extmap:", "a=extmap:x y", "a=extmap:70000 x", "a=rtpmap:", "a=rtpmap:300 x/y", "a=fmtp", "a=fmtp:x",
            "a=rtcp-fb:", "a=rtcp:", "a=rtcp:70000", "a=msid:", "a=rid:", "a=simulcast:", "a=simulcast:send ;",
            "a=crypto:x", "a=tls-id", "a=remote-candidates:x", "a=identity:",
        ])
    func ignored(line: String) throws {
        for text in [Self.text(line), Self.text("t=0 0") + line + "\r\n"] {
            let document = try SDPDocument(parsing: text)
            #expect(document.media.map(\.isDataChannels) == [true])
            #expect(document.serialized() == text)
        }
    }

    @Test("the version does not matter, nor do blank lines, tabs, and fields that are too many")
    func frame() throws {
        let text = "\nv=1\r\n \t\no=-\t1 2 IN IP4 ::  x\r\n\r\ns=-\n\nm=audio\t9 RTP/AVP\t0 \n\n\na=x:\ty \n"
        #expect(
            try SDPDocument(parsing: text).serialized()
                == "v=0\r\no=- 1 2 IN IP4 ::\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\na=x:\ty \r\n")
    }

    @Test("what cannot be read is as if it were not there, and what stands beside it counts")
    func beside() throws {
        let hex = Offers.fingerprint
        let more = [
            "a=fingerprint:sha-256", "a=fingerprint:SHA-256\t\(hex)", "a=setup:both", "a=setup:ACTIVE", "a=mid:",
            "a=extmap:x y", "a=extmap:3 urn:z", "a=ssrc:x", "a=ssrc:7 cname:c", "a=max-message-size:", "a=group:",
        ]
        let media = try SDPDocument(parsing: Self.text("t=0") + Offers.text(more)).media[0]
        #expect(media.fingerprints.map(\.hex) == [hex] && media.setup == .active && media.mid == nil)
        #expect(media.extensionMaps.map(\.id) == [3] && media.ssrcs.map(\.ssrc) == [7])
        #expect(media.maxMessageSize == nil && media.groups.isEmpty)
    }

    @Test("a size of messages beyond 64 bits is the largest there is")
    func hugeMessages() throws {
        let text = Self.text("t=0 0") + "a=max-message-size:99999999999999999999\r\n"
        #expect(try SDPDocument(parsing: text).media[0].maxMessageSize == .max)
    }

    @Test(
        "data channels of either form are known, whatever the case",
        arguments: [
            ("UDP/DTLS/SCTP webrtc-datachannel", "", false), ("udp/dtls/sctp WebRTC-DataChannel", "", false),
            ("TCP/DTLS/SCTP webrtc-datachannel x", "", false), ("DTLS/SCTP 6000", "", true),
            ("DTLS/SCTP 6000", "a=sctpmap:6000 webrtc-datachannel 1024\r\n", true),
            ("UDP/DTLS/SCTP 6000", "a=sctpmap:6000 WEBRTC-DATACHANNEL\r\n", true),
            ("dtls/sctp 6000", "a=sctpmap:x y z\r\n", true),
        ])
    func dataChannels(form: String, more: String, isOld: Bool) throws {
        let text = Self.text("t=0 0").replacing("UDP/DTLS/SCTP webrtc-datachannel", with: form) + more
        let media = try SDPDocument(parsing: text).media[0]
        #expect(media.isDataChannels && media.isOldDataChannels == isOld)
        #expect(media.dataChannelPort == (isOld ? 6000 : 5000))
    }

    @Test("what else goes over SCTP is no data channel")
    func otherUses() throws {
        for (form, more) in [
            ("UDP/DTLS/SCTP *", ""), ("UDP/DTLS/SCTP bfcp", ""), ("DTLS/SCTP 0", ""), ("DTLS/SCTP 70000", ""),
            ("SCTP/DTLS 5000", ""), ("UDP/BFCP 5000", ""), ("DTLS/SCTP 5000", "a=sctpmap:5000 t38 16\r\n"),
        ] {
            let text = Self.text("t=0 0").replacing("UDP/DTLS/SCTP webrtc-datachannel", with: form) + more
            #expect(try SDPDocument(parsing: text).media.map(\.isDataChannels) == [false], "\(form)")
        }
    }
}
