/// Gives the end of candidates the credentials that it belongs to: by the time that it is sent there may be a newer
/// description, whose candidates have not ended.
struct CandidateEnds {
    /// What ends the candidates since the credentials last changed, one for each section.
    private var ends: [ICECandidateInit] = []

    /// What to send for a candidate, or for the end.
    mutating func follow(_ candidate: ICECandidateInit?) -> [ICECandidateInit?] {
        guard var end = candidate else { return ends.isEmpty ? [nil] : ends }
        end.candidate = ""
        if ends.first?.usernameFragment != end.usernameFragment { ends = [] }
        if !ends.contains(end) { ends.append(end) }
        return [candidate]
    }
}
