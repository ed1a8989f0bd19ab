/// Offers with one line each that is not as its RFC has it, or that few write.
enum OddOffers {
    /// An offer, and what is odd about it.
    struct Offer: Sendable {
        let oddity: String
        let text: String
    }

    private static let hex =
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

    /// Audio and data, as browsers offer them.
    static let plain = """
        v=0
        o=- 4611731400430051336 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        m=audio 9 UDP/TLS/RTP/SAVPF 111 0
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=ice-ufrag:abcd
        a=ice-pwd:abcdefghijklmnopqrstuvwx
        a=fingerprint:sha-256 \(hex)
        a=setup:actpass
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=sendrecv
        a=msid:s t
        a=rtcp-mux
        a=rtpmap:111 opus/48000/2
        a=rtcp-fb:111 transport-cc
        a=fmtp:111 minptime=10;useinbandfec=1
        a=ssrc:1001 cname:x
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel
        c=IN IP4 0.0.0.0
        a=ice-ufrag:abcd
        a=ice-pwd:abcdefghijklmnopqrstuvwx
        a=ice-options:trickle
        a=fingerprint:sha-256 \(hex)
        a=setup:actpass
        a=mid:1
        a=sctp-port:5000
        a=max-message-size:262144

        """

    static let all: [Offer] =
        replacements.map { offer($0.0, by: $0.1) } + sessionLines.map { offer("a=group", after: $0) }
        + mediaLines.map { offer("a=rtcp-mux", after: $0) } + dataLines.map { offer("a=sctp-port", after: $0) }
        + candidates.map { offer("a=rtcp-mux", after: "a=candidate:" + $0) }

    private static func offer(_ old: String, by new: String) -> Offer {
        Offer(oddity: "\(new) for \(old)", text: text(plain.replacing(old, with: new)))
    }

    private static func offer(_ place: String, after line: String) -> Offer {
        Offer(oddity: "\(line) before \(place)", text: text(plain.replacing(place, with: line + "\n" + place)))
    }

    private static func text(_ lines: String) -> String { lines.replacing("\n", with: "\r\n") }

    private static let number = "4611731400430051336 2 "
    private static let origin = "o=- 4611731400430051336 2 IN IP4 127.0.0.1"
    private static let data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    private static let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111 0"
    private static let sctp = "a=sctp-port:5000\na=max-message-size:262144"
    private static let fingerprint = "a=fingerprint:sha-256 " + hex

    /// What stands in the place of what.
    private static let replacements: [(String, String)] =
        [
            "18446744073709551616", "123456789012345678901234567890", "0x1F", "-5", "-", "abc", "1a", "+5", "1.5",
        ].flatMap { [(number, "\($0) 2 "), (number, "1 \($0) ")] }
        + [
            "o=- 1 2 ATM NSAP 47.0091", "o=- 1 2 in ip6 ::1%eth0", "o=j\u{FC}rgen 1 2 IN IP4 host.example",
            "o=- 1 2 IN IP4 999.1.1.1", "o=- 1 2 IN IP4", "o=-",
        ].map { (origin, $0) }
        + ["s= ", "s=\u{E9}", "s="].map { ("s=-", $0) } + ["v=1", "v=00", "v=0 "].map { ("v=0", $0) }
        + [
            "t=", "t=0", "t=0 0 0", "t=a b", "t=-1 -1", "t=0  0", "t=18446744073709551616 0", "t=0 0\nr=7d 1h 0 25h",
            "t=0 0\nr=x", "t=0 0\nz=2882844526 -1h", "t=0 0\nk=prompt", "t=0 0\nt=0 0", "i=x\nt=0 0", "u=x\nt=0 0",
            "e=x\nt=0 0", "p=x\nt=0 0", "c=IN IP4 host\nt=0 0", "c=IN IP6 fe80::1%eth0\nt=0 0",
            "c=IN IP4 1.1.1.1 x\nt=0 0",
            "b=AS:100\nt=0 0", "b=AS\nt=0 0", "b=:1\nt=0 0", "b=AS:x\nt=0 0", "b=AS:-1\nt=0 0", "b=AS:1.5\nt=0 0",
            "b=AS:18446744073709551616\nt=0 0", "b=AS 100\nt=0 0", "x=y\nt=0 0",
        ].map { ("t=0 0", $0) }
        + [
            "ab-d", "ab_d", "ab=d", "ab#d", "ab.d", "ab~d", "ab d", "ab:d", "abc", "ab%d",
        ].map { ("a=ice-ufrag:abcd", "a=ice-ufrag:" + $0) }
        + ["-", "_", "=", "#", ".", "~", ":"].map { ("uvwx", "uv" + $0) }
        + [
            "SHA-256 \(hex)", "Sha-256 \(hex.lowercased())", "sha-512 \(hex):\(hex)", "sha-1 \(hex.prefix(59))",
            "sha-256", "md5 00:11", "sha-256 \(hex)\na=fingerprint:sha-999 \(hex)",
        ].map { (fingerprint, "a=fingerprint:" + $0) }
        + ["ACTPASS", "Active", "PASSIVE", "foo", "holdconn"].map { ("a=setup:actpass", "a=setup:" + $0) }
        + [("a=setup:actpass\n", "")]
        + [
            "", "LS 0 1", "FOO", "FOO x y", "BUNDLE 0", "BUNDLE 0 0 1", "BUNDLE 1 0", "bundle 0 1", "BUNDLE 0 1 2",
            "BUNDLE 0 1\na=group:LS 5 6\na=group:XYZ", "BUNDLE 0\na=group:BUNDLE 1",
        ].map { ("a=group:BUNDLE 0 1", "a=group:" + $0) }
        + ["a=mid:1\na=mid:1", "a=mid:1 x", "a=mid"].map { ("a=mid:1", $0) }
        + [
            "a=sctp-port:05000", "a=sctp-port:5000\na=sctp-port:6000", "a=sctp-port:x", "a=sctp-port:65536", "a=x",
        ].map { ("a=sctp-port:5000", $0) }
        + ["0", "x", "-1", "", "99999999999999999999", "1\na=max-message-size:2"].map {
            ("a=max-message-size:262144", "a=max-message-size:" + $0)
        }
        + [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel ", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel foo",
            "m=application 9 DTLS/SCTP webrtc-datachannel", "m=application 9 TCP/DTLS/SCTP webrtc-datachannel",
            "m=application 9 udp/dtls/sctp webrtc-datachannel", "m=application 9 SCTP webrtc-datachannel",
            "m=application 9/2 UDP/DTLS/SCTP webrtc-datachannel", "m=application 9 UDP/FOO bar",
            "m=foo 9 UDP/DTLS/SCTP webrtc-datachannel", "m=message 9 TCP/MSRP *", "m=image 9 udptl t38",
            "m=text 9 UDP/TLS/RTP/SAVPF 98", "m=application 0 UDP/BFCP *",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "m=application 9 UDP/DTLS/SCTP", "m=application 9",
        ].map { (data, $0) }
        + [
            "m=AUDIO 9 UDP/TLS/RTP/SAVPF 111 0", "m=audio 9 RTP/SAVPF 111 0", "m=audio 9 TCP/TLS/RTP/SAVPF 111 0",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 111", "m=audio 9 UDP/TLS/RTP/SAVPF 111 99",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 x", "m=audio 9/2 UDP/TLS/RTP/SAVPF 111 0",
        ].map { (audio, $0) }
        + old

    /// Data channels as before RFC 8841.
    private static let old: [(String, String)] = ["DTLS/SCTP", "UDP/DTLS/SCTP", "TCP/DTLS/SCTP"].flatMap { transport in
        [
            "a=sctpmap:5000 webrtc-datachannel 1024", "a=sctpmap:5000 webrtc-datachannel", "a=sctpmap:5000",
            "a=sctpmap",
            "a=sctpmap:x y z", "a=sctpmap:5000 WEBRTC-DATACHANNEL 1024", "a=fmtp:5000 x=y",
            "a=sctpmap:5000 webrtc-datachannel 16\na=max-message-size:100000",
        ].map { map in
            let section = data + String(plain.split(separator: data, maxSplits: 1).last ?? "")
            return (
                section,
                section.replacing(data, with: "m=application 9 \(transport) 5000").replacing(sctp, with: map)
            )
        }
    }

    private static let sessionLines = [
        "a=extmap-allow-mixed:x", "a=ice-options:", "a=ice-options:ice2,trickle", "a=ice-lite:x", "a=candidate:x",
        "a=ice-ufrag:x", "a=ice-pwd:x", "a=identity:x", "a=tls-id:", "a=mid:x", "a=rtcp-mux", "a=sendonly", "a=foo",
        "a=ssrc:x", "a=rtpmap:x", "a=fmtp:x", "a=max-message-size:x", "a=sctp-port:x", "a=tool:x", "a=keywds:",
        "a=type:broadcast", "a=msid-semantic", "a=setup", "a=fingerprint:x", "a=group",
    ]

    private static let mediaLines = [
        "t=0 0", "i=x", "u=x", "e=x", "p=x", "r=x", "z=x", "k=x", "c=IN IP4 host", "c=IN IP6 fe80::1%eth0", "c=x", "c=",
        "b=AS:x", "b=AS", "b=RR:", "x=y", "v=0", "o=-", "s=-", "i=", "a=ssrc:x cname:y", "a=ssrc:5 foo", "a=ssrc",
        "a=ssrc-group:", "a=ssrc-group:FOO 1 2", "a=extmap:x urn:y", "a=extmap:15 urn:y", "a=extmap:16 urn:y",
        "a=extmap:255 urn:y", "a=extmap:4096 urn:y", "a=extmap:5/foo urn:y", "a=extmap:5 urn:y x y z", "a=extmap",
        "a=fmtp:111 ;;", "a=fmtp:111 a=b=c", "a=fmtp:111 foo", "a=fmtp:111", "a=fmtp", "a=rtpmap:112 opus/48000/x",
        "a=rtpmap:112 opus", "a=rtpmap:x", "a=rtpmap", "a=rtcp-fb:* nack", "a=rtcp-fb:111 foo bar baz", "a=rtcp-fb:x",
        "a=rtcp:70000", "a=rtcp:9 IN", "a=rtcp:x", "a=rtcp-mux:x", "a=rtcp-rsize:x", "a=msid:-", "a=msid:\u{E9}",
        "a=msid:",
        "a=msid-semantic", "a=msid-semantic:foo bar", "a=rid:", "a=rid:x", "a=rid:x foo", "a=rid:\u{E9} send",
        "a=rid:x send\na=rid:x send", "a=simulcast:send x", "a=simulcast: send x", "a=simulcast:x", "a=ice-options:",
        "a=ice-options:foo", "a=ice-options:\u{E9}", "a=ice-options", "a=ice-lite", "a=ice-lite:x", "a=ice-pacing:x",
        "a=ice-mismatch", "a=remote-candidates:x", "a=tls-id", "a=identity:x", "a=connection:x", "a=bundle-only:x",
        "a=end-of-candidates:x", "a=ptime:x", "a=framerate:x", "a=imageattr:x", "a=crypto:x", "a=sendonly",
        "a=inactive", "a=sendrecv:x", "a=SENDONLY", "a=foo", "a=foo:", "a=foo bar", "a=", "a= ", "a=:", "a=:x",
        "a=\u{E9}:x",
        "a=group:LS 0", "a=max-message-size:5", "a=sctp-port:x", "a=sctpmap:x", "a=dcmap:0 label=x", "a=rtcp-mux-only",
        "a=inactive\na=recvonly", "a=setup", "a=fingerprint", "a=ice-ufrag", "foo", " ",
    ]

    private static let dataLines = [
        "a=rtpmap:x", "a=fmtp:x", "a=ssrc:x", "a=extmap:x", "a=rtcp:x", "a=rtcp-fb:x", "a=msid:", "a=rid:",
        "a=simulcast:x",
        "a=sctpmap:x", "a=candidate:x", "a=sendonly", "a=rtcp-mux", "a=dcmap:x", "a=crypto:x",
    ]

    /// Candidates without `candidate:` before them.
    static let candidates: [String] =
        [
            "udp 1 192.0.2.1 5000 typ host", "UDP 1 192.0.2.1 5000 typ host", "udp 1 fe80::1%eth0 5000 typ host",
            "udp 1 printer.example 5000 typ host", "udp 1 x.local 5000 typ host", "udp 1 192.0.2.1 5000 typ foo",
            "udp 1 192.0.2.1 5000 TYP host", "sctp 1 192.0.2.1 5000 typ host",
            "ssltcp 1 192.0.2.1 5000 typ host tcptype passive", "tcp 1 192.0.2.1 5000 typ host",
            "tcp 1 192.0.2.1 9 typ host tcptype active", "tcp 1 192.0.2.1 9 typ host tcptype foo",
            "udp 1 192.0.2.1 5000 typ host foo bar", "udp 1 192.0.2.1 5000 typ host foo",
            "udp 1 192.0.2.1 5000 typ host generation 0 network-id 1 network-cost 10",
            "udp 1 192.0.2.1 5000 typ srflx", "udp 1 192.0.2.1 5000 typ srflx raddr 0.0.0.0 rport 0",
            "udp 1 192.0.2.1 5000 typ srflx raddr x rport y", "udp 1 192.0.2.1 5000 typ srflx raddr 192.0.2.2",
            "udp 1 192.0.2.1 5000 typ srflx rport 5 raddr 192.0.2.2", "udp x 192.0.2.1 5000 typ host",
            "udp 99999999999 192.0.2.1 5000 typ host", "udp -1 192.0.2.1 5000 typ host",
            "udp 0 192.0.2.1 5000 typ host",
            "udp 02130706431 192.0.2.1 05000 typ host", "udp 1 192.0.2.1 70000 typ host", "udp 1 192.0.2.1 0 typ host",
            "udp 1 192.0.2.1 5000 typ host ", "udp 1 192.0.2.1 5000", "udp 1 999.1.1.1 5000 typ host",
            "udp 1 [::1] 5000 typ host", "udp 1 ::ffff:192.0.2.1 5000 typ host", "udp 1 foo!bar 5000 typ host",
            "udp 1 192.0.2.1 5000 typ host \u{E9} \u{E9}", "udp 1 0.0.0.0 5000 typ host",
            "udp 1 224.0.0.1 5000 typ host",
        ].map { "1 1 " + $0 }
        + ["1 0", "1 2", "1 300", "1 x", "a-b 1", "\u{E9} 1", "1234567890123456789012345678901234567890 1", "1  1"].map
    {
        $0 + " udp 1 192.0.2.1 5000 typ host"
    }
        + ["garbage", ""]
}
