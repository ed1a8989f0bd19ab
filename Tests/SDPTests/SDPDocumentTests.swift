import SDP
import Testing

@Suite("Session descriptions")
struct SDPDocumentTests {
    @Test("what is read is written back byte for byte", arguments: Offers.all)
    func roundTrip(offer: Offers.Named) throws {
        let text = offer.text
        let document = try SDPDocument(parsing: text)
        #expect(Array(document.serialized().utf8) == Array(text.utf8))
        #expect(document.description == document.serialized())
    }

    @Test("line feeds alone, a missing last line end and blank lines at the end are read too", arguments: Offers.all)
    func lineEnds(offer: Offers.Named) throws {
        let text = offer.text
        let expected = try SDPDocument(parsing: text)
        let bare = String(decoding: text.utf8.filter { $0 != 0x0D }, as: UTF8.self)
        #expect(try SDPDocument(parsing: bare) == expected)
        #expect(try SDPDocument(parsing: String(bare.dropLast())) == expected)
        #expect(try SDPDocument(parsing: String(text.unicodeScalars.dropLast(1))) == expected)
        #expect(try SDPDocument(parsing: text + "\r\n\n\r\n") == expected)
        #expect(try SDPDocument(parsing: bare).serialized() == text)
    }

    @Test("the fields of a description are those of its text")
    func fields() throws {
        let document = try SDPDocument(parsing: Offers.legacyData)
        #expect(document.version == 0)
        #expect(document.origin.username == "alice")
        #expect(document.origin.sessionID == "2890844526")
        #expect(document.origin.sessionVersion == "2890844527")
        #expect(document.origin.address == ConnectionData(addressType: "IP6", address: "::1"))
        #expect(document.sessionName == " ")
        #expect(document.connection?.address == "233.252.0.1/127")
        #expect(document.bandwidths == [Bandwidth(type: "X-YZ", value: 128), Bandwidth(type: "TIAS", value: 64000)])
        #expect(document.lines.contains(.timing(Timing(start: 2_873_397_496, stop: 2_873_404_696))))
        #expect(document.lines.contains(.other(type: "k", value: "prompt")))
        #expect(document.lines.map(\.type) == ["i", "u", "e", "p", "c", "b", "b", "t", "r", "z", "k", "a", "a"])
        #expect(document.media.map(\.kind) == [.application, .video, .other("holodeck"), .image])
        #expect(document.media.map(\.port) == [9, 49170, 0, 0])
        #expect(document.media.map(\.portCount) == [nil, 2, nil, nil])
        #expect(document.media.map(\.transport) == ["DTLS/SCTP", "RTP/AVP", "QUIC/HOLO", "udptl"])
        #expect(document.media.map(\.formats) == [["5001"], ["31"], ["1", "2"], []])
        #expect(document.media[2].lines.contains(.other(type: "y", value: "from the future")))
    }

    @Test("several spaces between fields count as one")
    func spaces() throws {
        let text = "v=0\no=-  1 2  IN IP4 ::\ns=-\nm=audio  9 RTP/AVP  0 \nc=IN  IP4 0.0.0.0\n"
        let written = "v=0\r\no=- 1 2 IN IP4 ::\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"
        #expect(try SDPDocument(parsing: text).serialized() == written)
    }

    @Test("a value that holds line breaks cannot add a line")
    func injection() throws {
        var document = SDPDocument(
            origin: Origin(username: "a b\r\nm=audio", sessionID: 1), sessionName: "x\r\na=evil\0")
        document.append(Attribute("na\nme", "one\r\na=ice-lite"))
        document.lines.append(.other(type: "\r\n", value: "x\ny"))
        document.media = [
            MediaDescription(
                kind: .other("\n"), transport: "A\r\nB", formats: ["1 2", ""],
                lines: [
                    .connection(
                        ConnectionData(address: "h\r\na=mid:7"))
                ])
        ]
        let text = document.serialized()
        #expect(
            text
                == Offers.text([
                    "v=0", "o=abm=audio 1 0 IN IP4 127.0.0.1", "s=xa=evil", "t=0 0", "a=name:onea=ice-lite", "=xy",
                    "m=- 9 AB 12 -", "c=IN IP4 ha=mid:7",
                ]))
    }

    @Test("the largest numbers fit")
    func largest() throws {
        let most = UInt64.max
        let text = Offers.text([
            "v=0", "o=- \(most) \(most) IN IP4 0.0.0.0", "s=-", "b=AS:\(most)", "t=\(most) \(most)",
            "m=audio 65535/4294967295 RTP/AVP 0", "a=max-message-size:\(most)", "a=sctp-port:65535",
        ])
        let document = try SDPDocument(parsing: text)
        #expect(document.serialized() == text)
        #expect(document.media[0].maxMessageSize == most)
        #expect(document.media[0].sctpPort == 65535)
    }

    @Test("a description of a MiB of one line, of many lines and of many empty lines costs time in proportion")
    func large() throws {
        let head = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\n"
        let line = head + "a=x:" + String(repeating: "y", count: 1_000_000)
        #expect(try SDPDocument(parsing: line).value(of: "x")?.utf8.count == 1_000_000)
        let lines = head + String(repeating: "a=x:1\r\n", count: 19_000)
        #expect(try SDPDocument(parsing: lines).values(of: "x").count == 19_000)
        let blank = head + String(repeating: "\n", count: 1_000_000)
        #expect(try SDPDocument(parsing: blank).lines.isEmpty)
    }
}
