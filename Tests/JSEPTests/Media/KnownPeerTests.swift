import SDP
import Testing

@testable import JSEP

/// The codecs that known programs offer, and which of them are taken.
struct KnownPeer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kind: String
    /// One format a line: number, `a=rtpmap` (or `-`), `a=fmtp`.
    let formats: String
    /// The numbers in the answer.
    let taken: String

    var list: [(Int, String?, String?)] {
        formats.split(separator: "\n").map { line in
            let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
            return (Int(fields[0]) ?? 0, fields[1] == "-" ? nil : fields[1], fields.count > 2 ? fields[2] : nil)
        }
    }

    static let all = [
        KnownPeer(
            testDescription: "sound of Chromium", kind: "audio",
            formats: """
                111 opus/48000/2 minptime=10;useinbandfec=1
                63 red/48000/2 111/111
                9 G722/8000
                0 PCMU/8000
                8 PCMA/8000
                13 CN/8000
                110 telephone-event/48000
                126 telephone-event/8000
                """, taken: "111 63 9 0 8 110 126"),
        KnownPeer(
            testDescription: "pictures of Chromium", kind: "video",
            formats: """
                96 VP8/90000
                97 rtx/90000 apt=96
                103 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
                104 rtx/90000 apt=103
                107 H264/90000 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
                108 rtx/90000 apt=107
                109 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
                114 rtx/90000 apt=109
                115 H264/90000 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
                116 rtx/90000 apt=115
                117 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f
                118 rtx/90000 apt=117
                39 H264/90000 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
                40 rtx/90000 apt=39
                45 AV1/90000 level-idx=5;profile=0;tier=0
                46 rtx/90000 apt=45
                47 AV1/90000 level-idx=5;profile=1;tier=0
                48 rtx/90000 apt=47
                49 H265/90000 level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST
                50 rtx/90000 apt=49
                51 H265/90000 level-id=180;profile-id=2;tier-flag=0;tx-mode=SRST
                52 rtx/90000 apt=51
                98 VP9/90000 profile-id=0
                99 rtx/90000 apt=98
                100 VP9/90000 profile-id=2
                101 rtx/90000 apt=100
                112 VP9/90000 profile-id=1
                113 rtx/90000 apt=112
                123 red/90000
                124 rtx/90000 apt=123
                125 ulpfec/90000
                35 flexfec-03/90000 repair-window=10000000
                """,
            taken: "96 97 103 104 107 108 109 114 115 116 117 118 39 40 45 46 49 50 98 99 100 101"),
        KnownPeer(
            testDescription: "sound of Firefox", kind: "audio",
            formats: """
                109 opus/48000/2 maxplaybackrate=48000;stereo=1;useinbandfec=1
                9 G722/8000/1
                0 PCMU/8000
                8 PCMA/8000
                101 telephone-event/8000/1 0-15
                """, taken: "109 9 0 8 101"),
        KnownPeer(
            testDescription: "pictures of Firefox", kind: "video",
            formats: """
                120 VP8/90000 max-fs=12288;max-fr=60
                124 rtx/90000 apt=120
                121 VP9/90000 max-fs=12288;max-fr=60
                125 rtx/90000 apt=121
                126 H264/90000 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1
                127 rtx/90000 apt=126
                97 H264/90000 profile-level-id=42e01f;level-asymmetry-allowed=1
                98 rtx/90000 apt=97
                99 AV1/90000
                100 rtx/90000 apt=99
                123 ulpfec/90000
                122 red/90000
                119 rtx/90000 apt=122
                """, taken: "120 124 121 125 126 127 97 98 99 100"),
        KnownPeer(
            testDescription: "pictures of Safari", kind: "video",
            formats: """
                96 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f
                97 rtx/90000 apt=96
                98 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
                99 rtx/90000 apt=98
                100 H264/90000 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=640c1f
                101 rtx/90000 apt=100
                102 H265/90000 level-id=93;tx-mode=SRST
                103 rtx/90000 apt=102
                104 VP8/90000
                105 rtx/90000 apt=104
                106 VP9/90000 profile-id=0
                107 rtx/90000 apt=106
                127 red/90000
                125 rtx/90000 apt=127
                108 ulpfec/90000
                """, taken: "96 97 98 99 102 103 104 105 106 107"),
        KnownPeer(
            testDescription: "sound of aiortc", kind: "audio",
            formats: "96 opus/48000/2\n9 -\n0 PCMU/8000\n8 PCMA/8000", taken: "96 9 0 8"),
        KnownPeer(
            testDescription: "pictures of aiortc", kind: "video",
            formats: """
                97 VP8/90000
                98 rtx/90000 apt=97
                99 H264/90000 packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42001f
                100 rtx/90000 apt=99
                101 H264/90000 packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42e01f
                102 rtx/90000 apt=101
                """, taken: "97 98 99 100 101 102"),
        KnownPeer(
            testDescription: "pictures of pion", kind: "video",
            formats: """
                96 VP8/90000
                97 rtx/90000 apt=96
                102 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
                103 rtx/90000 apt=102
                39 H264/90000 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f
                40 rtx/90000 apt=39
                116 H265/90000
                117 rtx/90000 apt=116
                45 AV1/90000
                46 rtx/90000 apt=45
                98 VP9/90000 profile-id=0
                99 rtx/90000 apt=98
                112 H264/90000 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
                113 rtx/90000 apt=112
                """, taken: "96 97 102 103 39 40 116 117 45 46 98 99 112 113"),
        KnownPeer(
            testDescription: "sound of GStreamer", kind: "audio",
            formats: "96 OPUS/48000/2 sprop-maxcapturerate=48000;sprop-stereo=0", taken: "96"),
        KnownPeer(
            testDescription: "pictures of GStreamer", kind: "video",
            formats: """
                97 H264/90000 packetization-mode=1;profile-level-id=42c015;sprop-parameter-sets=Z0LAFQ==,aM48gA==
                98 red/90000
                99 ulpfec/90000
                100 rtx/90000 apt=97
                """, taken: "97 100"),
        KnownPeer(
            testDescription: "pictures of Janus", kind: "video",
            formats: """
                96 VP8/90000
                97 rtx/90000 apt=96
                107 H264/90000 profile-level-id=42e01f;packetization-mode=1
                101 VP9/90000 profile-id=0
                """, taken: "96 97 107 101"),
    ]
}

@Suite("Codecs of known programs")
struct KnownPeerTests {
    @Test("what an offer has in common with us is taken with its numbers, in its order", arguments: KnownPeer.all)
    func answer(peer: KnownPeer) throws {
        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer(Negotiations.media(peer.kind, formats: peer.list)))
        try b.setLocal(nil)
        let section = try #require(b.local).document.media[0]
        #expect(section.formats == peer.taken.split(separator: " ").map(String.init))
        // Each is answered with what it is.
        let offered = Dictionary(
            uniqueKeysWithValues: RTPFormat.all(in: try #require(b.remote).document.media[0]).map {
                ($0.payloadType, $0)
            })
        for format in RTPFormat.all(in: section) {
            #expect(offered[format.payloadType]?.identity == format.identity)
            #expect(offered[format.payloadType]?.repairs == format.repairs)
        }
        // An offer of ours has them first, and no number twice.
        let offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp).media[0]
        #expect(Set(offer.formats).count == offer.formats.count)
        #expect(Set(section.formats).isSubset(of: offer.formats) && section.formats[0] == offer.formats[0])
    }

    @Test("the answer to a peer that says no more of H.264 than its level has the lower level")
    func level() throws {
        let peer = try #require(KnownPeer.all.first { $0.testDescription == "pictures of GStreamer" })
        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer(Negotiations.media(peer.kind, formats: peer.list)))
        try b.setLocal(nil)
        let parameters = try #require(b.local).document.media[0].formatParameters.first
        #expect(parameters?["profile-level-id"] == "42c015" && parameters?["packetization-mode"] == "1")
    }
}
