import Testing

/// Offers in the manner of three browsers, with invented values.
enum Offers {
    static let fingerprint =
        "4A:0B:11:C2:8E:73:05:F9:AA:3D:6C:90:12:EF:58:77:B1:24:D6:03:9F:41:8A:CC:E5:60:2B:17:FD:94:38:5E"

    static func text(_ lines: [String]) -> String { lines.map { $0 + "\r\n" }.joined() }

    static let chromiumData = text([
        "v=0", "o=- 3120978640525130714 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=extmap-allow-mixed",
        "a=msid-semantic: WMS", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0",
        "a=candidate:2893746501 1 udp 2113937151 5a3c9d51-40d2-4b7c-9d6e-1f2a3b4c5d6e.local 51234 typ host generation 0 "
            + "network-cost 999",
        "a=ice-ufrag:k3Zp", "a=ice-pwd:Qm9vYmFyQmF6UXV4MTIzNDU2", "a=ice-options:trickle",
        "a=fingerprint:sha-256 \(fingerprint)", "a=setup:actpass", "a=mid:0", "a=sctp-port:5000",
        "a=max-message-size:262144",
    ])

    static let chromiumMedia = text([
        "v=0", "o=- 880155340182266013 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1 2",
        "a=extmap-allow-mixed", "a=msid-semantic: WMS stream-one",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0",
        "a=ice-ufrag:W+r/", "a=ice-pwd:abcdefghijklmnopqrstuv12", "a=ice-options:trickle",
        "a=fingerprint:sha-256 \(fingerprint)", "a=setup:actpass", "a=mid:0",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:2/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", "a=sendrecv",
        "a=msid:stream-one track-audio", "a=rtcp-mux", "a=rtcp-rsize", "a=rtpmap:111 opus/48000/2",
        "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2",
        "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:13 CN/8000", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000",
        "a=ssrc:2718281828 cname:abcDEF123", "a=ssrc:2718281828 msid:stream-one track-audio",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "c=IN IP4 0.0.0.0", "b=AS:1200", "a=rtcp:9 IN IP4 0.0.0.0",
        "a=ice-ufrag:W+r/", "a=ice-pwd:abcdefghijklmnopqrstuv12", "a=ice-options:trickle",
        "a=fingerprint:sha-256 \(fingerprint)", "a=setup:actpass", "a=mid:1", "a=bundle-only", "a=sendonly",
        "a=msid:- track-video", "a=rtcp-mux", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 ccm fir", "a=rtcp-fb:* nack pli", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
        "a=rid:q send", "a=rid:h send max-width=640;max-height=360", "a=rid:f send", "a=simulcast:send q;h;~f",
        "a=ssrc-group:FID 11 4294967295", "a=ssrc:11 cname:abcDEF123",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=ice-ufrag:W+r/",
        "a=ice-pwd:abcdefghijklmnopqrstuv12", "a=ice-options:trickle", "a=fingerprint:sha-256 \(fingerprint)",
        "a=setup:actpass", "a=mid:2", "a=sctp-port:5000", "a=max-message-size:262144",
    ])

    static let firefoxData = text([
        "v=0", "o=mozilla...THIS_IS_SDPARTA-115.0 6021879044157163210 0 IN IP4 0.0.0.0", "s=-", "t=0 0",
        "a=sendrecv", "a=fingerprint:sha-256 \(fingerprint)", "a=group:BUNDLE 0", "a=ice-options:trickle",
        "a=msid-semantic:WMS *", "m=application 50123 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 192.0.2.17",
        "a=candidate:0 1 UDP 2122187007 192.0.2.17 50123 typ host",
        "a=candidate:3 1 TCP 2105458943 192.0.2.17 9 typ host tcptype active", "a=sendrecv", "a=end-of-candidates",
        "a=ice-pwd:0f1e2d3c4b5a69788796a5b4c3d2e1f0", "a=ice-ufrag:9b8c7d6e", "a=mid:0", "a=setup:actpass",
        "a=sctp-port:5000", "a=max-message-size:1073741823",
    ])

    static let safariData = text([
        "v=0", "o=- 7302844120956621184 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE data",
        "a=msid-semantic: WMS", "m=application 61000 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP6 2001:db8::7",
        "a=candidate:842 1 udp 2122262783 2001:db8::7 61000 typ host generation 0 network-id 2", "a=ice-ufrag:Xy9/",
        "a=ice-pwd:ZyXwVuTsRqPoNmLkJiHgFeDc", "a=ice-options:trickle renomination",
        "a=fingerprint:SHA-256 \(fingerprint.lowercased())", "a=setup:actpass", "a=mid:data", "a=sctp-port:5000",
    ])

    static let legacyData = text([
        "v=0", "o=alice 2890844526 2890844527 IN IP6 ::1", "s= ", "i=notes on the session", "u=http://example.com/a",
        "e=a@example.com (Alice)", "p=+1 617 555-6011", "c=IN IP4 233.252.0.1/127", "b=X-YZ:128", "b=TIAS:64000",
        "t=2873397496 2873404696", "r=604800 3600 0 90000", "z=2882844526 -1h 2898848070 0", "k=prompt", "a=recvonly",
        "a=ice-lite", "m=application 9 DTLS/SCTP 5001", "i=the data", "k=clear:x",
        "a=sctpmap:5001 webrtc-datachannel 256",
        "m=video 49170/2 RTP/AVP 31", "m=holodeck 0 QUIC/HOLO 1 2", "a=x-unknown", "a=x-empty:", "y=from the future",
        "a=x-colons:a:b:c", "a=tool:\u{1F984} caf\u{E9}", "m=image 0 udptl",
    ])

    /// An offer with a name to show in the list of tests.
    struct Named: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String
    }

    static let all = [
        Named(testDescription: "Chromium, data", text: chromiumData),
        Named(testDescription: "Chromium, media", text: chromiumMedia),
        Named(testDescription: "Firefox, data", text: firefoxData),
        Named(testDescription: "Safari, data", text: safariData),
        Named(testDescription: "older than RFC 8841, every kind of line", text: legacyData),
    ]
}
