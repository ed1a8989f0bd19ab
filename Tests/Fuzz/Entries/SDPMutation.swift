/// Changes a description line by line, as the input says.
enum SDPMutation {
    private static let lines = [
        "a=mid:0", "a=mid:1", "a=mid:x", "a=mid:", "a=group:BUNDLE 0", "a=group:BUNDLE 0 1 2", "a=group:BUNDLE 1 0",
        "a=group:BUNDLE", "a=group:LS 0 1", "a=setup:active", "a=setup:passive", "a=setup:actpass", "a=setup:holdconn",
        "a=setup:x", "a=ice-ufrag:abcd", "a=ice-ufrag:efgh", "a=ice-pwd:abcdefghijklmnopqrstuv", "a=ice-lite",
        "a=ice-options:trickle", "a=ice-options:ice2", "a=end-of-candidates", "a=bundle-only", "a=rtcp-mux",
        "a=candidate:1 1 udp 1 192.0.2.1 9 typ host", "a=inactive", "a=sendonly", "a=recvonly", "a=sendrecv",
        "a=sctp-port:5000", "a=sctp-port:0", "a=sctp-port:70000", "a=sctpmap:5000 webrtc-datachannel 256",
        "a=max-message-size:0", "a=max-message-size:99999999999999999999",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        "m=application 9 DTLS/SCTP 5000", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "m=audio 0 UDP/TLS/RTP/SAVPF 0", "m=text 9 UDP/TLS/RTP/SAVPF 1", "m=audio 9 UDP/TLS/RTP/SAVPF",
        "a=rtpmap:111 opus/48000/2", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
        "a=fmtp:97 apt=97", "a=rtpmap:0 PCMU/8000", "a=rtcp-fb:* nack", "a=msid:s t", "a=msid:-", "a=tls-id:1",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid", "a=extmap:15/recvonly x", "a=rid:a send",
        "a=simulcast:send a;b", "o=mozilla...x 1 1 IN IP4 0.0.0.0", "a=identity:x", "a=msid-semantic:WMS *",
        "a=fingerprint:sha-256 " + Array(repeating: "3C", count: 32).joined(separator: ":"),
        "a=fingerprint:sha-1 00", "c=IN IP6 ::", "b=AS:1", "a=rtcp:9 IN IP4 0.0.0.0", "a=ssrc:1 cname:x",
        "a=simulcast:recv a;b,c;~d send f", "a=simulcast:recv f", "a=rid:f recv pt=96", "a=rid:h send pt=1;max-fs=1",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111",
        "a=rtpmap:100 H264/90000", "a=fmtp:100 profile-level-id=42f00b", "a=rtpmap:101 H265/90000",
        "a=fmtp:101 level-id=255;profile-compatibility-indicator=40000000", "a=rtpmap:45 AV1/90000",
    ]

    static func mutate(_ text: String, _ input: inout FuzzInput) -> String {
        // As bytes: a line end is one character with its carriage return.
        var list = text.utf8.split(separator: 10).map { Array($0.filter { $0 != 13 }) }
        for _ in 0..<1 + input.below(6) {
            guard !list.isEmpty else { break }
            let place = input.below(list.count)
            switch input.below(8) {
            case 0: list.remove(at: place)
            case 1: list.insert(list[place], at: input.below(list.count))
            case 2: list.swapAt(place, input.below(list.count))
            case 3, 4: list.insert(Array(input.choice(lines).utf8), at: place)
            case 5: list[place] = Array(input.choice(lines).utf8)
            case 6: list[place] = input.mutate(list[place], from: 2)
            default: moveSection(&list, &input)
            }
        }
        return String(decoding: Array(list.joined(separator: [13, 10])), as: UTF8.self) + "\r\n"
    }

    /// Removes a section, repeats it, or puts it at the end.
    private static func moveSection(_ list: inout [[UInt8]], _ input: inout FuzzInput) {
        let starts = list.indices.filter { list[$0].starts(with: Array("m=".utf8)) }
        guard !starts.isEmpty, list.count < 2000 else { return }
        let number = input.below(starts.count)
        let range = starts[number]..<(number + 1 < starts.count ? starts[number + 1] : list.count)
        let section = Array(list[range])
        switch input.below(3) {
        case 0: list.removeSubrange(range)
        case 1: list += section
        default:
            list.removeSubrange(range)
            list += section
        }
    }
}
