internal import SDP

/// The lines of a section that say who is at the other end of its transport.
struct TransportText: Equatable {
    let fragment: String?
    let password: String?
    let fingerprints: [String]

    init(of index: Int, in document: SDPDocument) {
        let media = document.media[index]
        let credentials = document.iceCredentials(of: media)
        fragment = credentials?.ufrag
        password = credentials?.pwd
        let own = media.values(of: "fingerprint")
        fingerprints = own.isEmpty && !media.has("fingerprint") ? document.values(of: "fingerprint") : own
    }

    var isComplete: Bool { fragment != nil && !fingerprints.isEmpty }
}
