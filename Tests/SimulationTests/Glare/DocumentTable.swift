import SDP

@testable import JSEP

/// Writing and reading descriptions would take most of the simulation's time, and has tests of its own. So most seeds send
/// a note that names the document in this table.
final class DocumentTable {
    private let writesText: Bool
    private var documents: [SDPDocument] = []

    init(writesText: Bool) {
        self.writesText = writesText
    }

    /// What to send.
    func describe(_ description: AppliedDescription) -> SessionDescription {
        guard !writesText else { return description.description }
        documents.append(description.document)
        let origin = description.document.origin
        return SessionDescription(
            type: description.type, sdp: "o=- \(origin.sessionID) \(origin.sessionVersion) \(documents.count - 1)")
    }

    /// Sets what was sent.
    func set(_ description: SessionDescription, on negotiation: inout Negotiation) throws(WebRTCError) {
        guard !writesText, let number = description.sdp.split(separator: " ").last.flatMap({ Int($0) }) else {
            try negotiation.setRemote(description)
            return
        }
        try negotiation.setRemote(description.type, documents[number])
    }
}
