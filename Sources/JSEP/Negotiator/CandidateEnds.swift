/// Gives the end of candidates the credentials that it belongs to: by the time that it is sent
/// there may be a newer description, whose candidates have not ended.
package struct CandidateEnds {
    /// What ends the candidates of the last gathering, one for each section that has had any.
    private var ends: [ICECandidateInit] = []
    private var hasEnded = false

    package init() {}

    /// What to send for a candidate, or for the end.
    package mutating func follow(_ candidate: ICECandidateInit?) -> [ICECandidateInit?] {
        guard var end = candidate else {
            hasEnded = true
            return ends.isEmpty ? [nil] : ends
        }
        if hasEnded { (ends, hasEnded) = ([], false) }
        end.candidate = ""
        ends.removeAll { $0.sdpMid == end.sdpMid }
        ends.append(end)
        return [candidate]
    }
}
