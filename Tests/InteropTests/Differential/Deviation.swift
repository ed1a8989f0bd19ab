/// Where Chromium does not do what the W3C's text says, by name and with the reason. Nothing else may differ.
enum Deviation: String, CaseIterable {
    /// Chromium refuses a description without any section where the policy is max-bundle; RFC 9429 §5.2.1 makes such an
    /// offer, and W3C §4.4.1.5 has no reason to refuse it.
    case emptyDescription
    /// `restartIce` before the first negotiation has nothing to replace (W3C §4.4.2), yet Chromium asks for an offer.
    case restartBeforeNegotiation
    /// The end of candidates is accepted without a remote description and for sections that there are not; W3C §4.4.2 has an
    /// InvalidStateError and an OperationError for these.
    case anyEndOfCandidates
    /// After `restartIce` each offer has new credentials until there is an answer; those of the first will do.
    case restartsAgain
    /// A provisional answer without text is taken as the final one; W3C §4.4.2 takes the last answer, provisionally.
    case provisionalWithoutText
    /// `setLocalDescription()` always makes another offer; W3C §4.4.2 sets the last one while it is right.
    case alwaysAnotherOffer
    /// A closed connection forgets whether the peer trickles; W3C §4.4.3 leaves that alone.
    case closedForgets
    /// A transceiver that was stopped before it had a section stays for good, and asks for an offer after each round. So
    /// it stands in W3C §4.7.3, which is known to be wrong there; here it goes with the next round.
    case stoppedWithoutSection
    /// When the section that names the transport is stopped the others get another transport; RFC 9143 §7.5.2 keeps it.
    case transportGoesWithSection
    /// What `setStreams` and `addTrack` say of the streams of a sender that was offered is forgotten with the next local
    /// description, which brings back those that it names.
    case streamsForgotten

    /// Tracks are told in the order of their transceivers; W3C §4.4.1.5 goes by the order of the sections.
    case eventOrder
    /// The peer's offer, set a second time, tells of a track again if the direction was changed meanwhile; `[[FiredDirection]]`
    /// says that it was told already (W3C §5.1.1). So does the next description of our own.
    case toldTwice
    /// A candidate for an unknown username fragment is dropped without the OperationError of W3C §4.4.2.
    case strangeFragment
    /// A section that is refused from the start makes a stopped transceiver, or stops one that waits for a section; there
    /// should be none (RFC 9429 §5.10).
    case transceiverOfRefused
    /// An empty text stands for the last description that was created, even if that is wrong by now; W3C §4.4.2 then makes
    /// another.
    case lastEvenIfWrong
    /// Chromium makes descriptions that it cannot set, because an extension has two ids in them.
    case extensionCollision
    /// `addTrack` fails where a transceiver that could have been used is stopping; W3C §5.1 makes another.
    case addTrackMeetsStopping
    /// A data section that was offered and rolled back is lost, or gets into the way of the section that has its tag now.
    case dataAfterRollback
    /// The peer's sections of unknown media are shown with port 0.
    case unknownMediaRefused
    /// An offer of the peer's that follows one that it has rolled back must have its tags; RFC 9429 §5.10 compares with what
    /// was agreed on.
    case offerAfterOffer
    /// An offer is taken back with a remote rollback as well; RFC 9429 §4.1.10.2 has each side take back its own.
    case rollbackOfOtherSide
    /// The fingerprint may change without a restart of ICE. Here that is refused: another certificate is another peer.
    case fingerprintChange
    /// An offer can be set again after its answer; W3C §4.4.1.5 forgets it then.
    case lastOfferKept
    /// Channels get their streams with the handshake; W3C §4.4.1.5 gives them with the answer, so that another can be in the way.
    case streamsWithHandshake
    /// The DTLS role does not change any more, even with a peer that has taken back all it knew.
    case roleIsFixed
    /// Who answers an offer of media is the client of DTLS; here the server, which chooses the profile of SRTP.
    case clientOfMedia
    /// A sender loses its transport with the offer that stops it, and one that was agreed on with a rollback; it is that of
    /// the section that was agreed on (W3C §4.4.1.5).
    case transportGoesWithOffer
    /// With the policy balanced each section is offered a transport of its own; RFC 9429 §4.1.1 offers one for the first of
    /// each kind.
    case balancedLikeCompat
    /// Of a description without sections it is not known whether its maker trickles; it says so (RFC 9429 §5.2.1).
    case emptyDoesNotTrickle
    /// An offer whose group is empty is answered with an empty group; RFC 5888 §9.2 needs none.
    case emptyGroup
    /// The credentials of an offer that was replaced by the peer's next lead to new ones of our own; RFC 9429 §5.3.1
    /// compares with what was agreed on.
    case restartOfReplacedOffer
    /// A rollback can tell of a track that was not there before either; W3C §4.4.1.5 has no such event.
    case rollbackTells
    /// The sender of a transceiver that is gone can be taken for that of another connection; W3C §5.1 `removeTrack` does
    /// nothing with it.
    case removedIsStrange
    /// A closed connection says so before it looks at the kind of a track; W3C §5.2 `replaceTrack` looks first.
    case closedBeforeKind
    /// A rollback of an offer without sections asks for another, with nothing in it (W3C §4.7.3).
    case rollbackOfNothing
    /// The place of a section of unknown media is not used again; RFC 9429 §5.2.2 makes it the next new section's.
    case placeOfUnknownMedia
    /// An answer that does not bundle the only section is refused; RFC 9143 §7.3 leaves that to the answerer.
    case loneSectionUnbundled
    /// With a transceiver that was stopped since, an offer's sections are taken for those of others.
    case wrongAssociation

    /// How to go on with a step.
    enum Verdict {
        /// From here on the two are too far apart to learn anything.
        case stop
        case compare(ours: JSONValue, theirs: JSONValue)
    }

    static func judge(
        _ step: DifferentialStep, ours: JSONValue, theirs: JSONValue, _ known: inout Set<Deviation>, before: JSONValue
    ) -> Verdict {
        var theirs = theirs
        let isDone = ours["result"] == "done" && theirs["result"] == "done"
        switch step.call {
        case .restartIce where ours["signalingState"] == "have-local-offer": known.insert(.restartsAgain)
        case .restartIce where ours["local"] == nil, .setConfiguration where ours["local"] == nil:
            known.insert(.restartBeforeNegotiation)
        case .setStreams where isDone: known.insert(.streamsForgotten)
        case .addTrack where isDone && before["transceivers"].array.count == ours["transceivers"].array.count:
            known.insert(.streamsForgotten)
        case .addIceCandidate where step.candidate?.candidate ?? "" == "":
            if theirs["result"] == "done" { theirs["result"] = ours["result"] }
        case .addIceCandidate where step.candidate?.usernameFragment == "unknown":
            if theirs["result"] == "done", ours["result"] == "OperationError" { theirs["result"] = ours["result"] }
        case .removeTrack where step.foreign != true && theirs["result"] == "InvalidAccessError":
            let isGone = ours["transceivers"].array.contains { $0["listed"] == -1 }
            if isGone, ours["result"] == "done" { theirs["result"] = ours["result"] }
        case .setDirection where isDone, .stop where isDone: known.insert(.toldTwice)
        case .addTrack where theirs["note"].string?.contains("transceiver is stopping") == true: return .stop
        case .setRemote where step.type == "rollback" && before["signalingState"] == "have-local-offer",
            .setLocal where step.type == "rollback" && before["signalingState"] == "have-remote-offer":
            return .stop
        case .setRemote where ours["note"].string?.contains("fingerprint changed") == true:
            if theirs["result"] == "done" { return .stop }
        case .setRemote where theirs["note"].string?.contains("Failed to set SSL role") == true: return .stop
        case .setLocal where theirs["note"].string?.contains("must use current negotiated role") == true: return .stop
        case .replaceTrack where ours["signalingState"] == "closed" && ours["result"] == "TypeError":
            theirs["result"] = ours["result"]
        case .setLocal where ours["note"].string?.contains("nothing was created") == true: return .stop
        case .createDataChannel where step.id != nil && ours["result"] == "OperationError": return .stop
        case .setRemote where before["signalingState"] == "have-remote-offer":
            let reasons = ["doesn't match order from previous", "Could not find transport for m= section"]
            if reasons.contains(where: (theirs["note"].string ?? "").contains) { return .stop }
        case .setLocal where step.source == .set && isDone && ours["local"] != theirs["local"]: return .stop
        case .setLocal where step.source == .set && theirs["result"] == "InvalidAccessError":
            return .stop
        case .setLocal where step.type == "pranswer" && step.source == .set && isDone: return .stop
        case .setLocal where step.type == nil && isDone && ours["local"]["group"] != theirs["local"]["group"]:
            return .stop
        default: break
        }
        let note = theirs["note"].string ?? ""
        if note.contains("header extension") || note.contains("extension ID") { return .stop }
        if let offered = before["local"]["sections"].array.first(where: { $0["kind"] == "application" }),
            before["signalingState"] == "have-local-offer", ours["signalingState"] != "have-local-offer",
            offered != ours["local"]["sections"].array.first(where: { $0["kind"] == "application" })
        {
            known.insert(.dataAfterRollback)
        }
        if step.type == "rollback", before["signalingState"] == "have-remote-offer",
            before["remote"]["sections"].array.contains(where: { $0["kind"] == "application" })
        {
            known.insert(.dataAfterRollback)
        }
        if known.contains(.dataAfterRollback) {
            let shapes = ["local", "created"].map { name in
                [ours, theirs].map { $0[name]["sections"].array.map { [$0["kind"], $0["mid"], $0["rejected"]] } }
            }
            if shapes.contains(where: { $0[0] != $0[1] }) || note.contains("BUNDLE") { return .stop }
        }
        if theirs["note"].string?.contains("max-bundle configured but session description has no BUNDLE") == true {
            return .stop
        }
        if note.contains("from already-established BUNDLE group"), ours["remote"]["sections"].array.count == 1 {
            return .stop
        }
        let said = theirs["remote"]
        if said != nil, said["sections"].array.isEmpty { known.insert(.emptyDoesNotTrickle) }
        if known.contains(.emptyDoesNotTrickle), theirs["canTrickle"] == nil, ours["canTrickle"] == true {
            theirs["canTrickle"] = true
        }
        if step.type == "rollback", theirs["tracks"] != [] { theirs["tracks"] = ours["tracks"] }
        if step.type == "rollback", before["local"]["sections"].array.isEmpty { known.insert(.rollbackOfNothing) }
        if known.contains(.rollbackOfNothing) { theirs["negotiationNeeded"] = ours["negotiationNeeded"] }
        if step.call == .setLocal || step.call == .createOffer {
            for name in ["local", "created"] {
                let kinds = zip(ours[name]["sections"].array, theirs[name]["sections"].array)
                if kinds.contains(where: { $0["kind"] != "message" && $1["kind"] == "message" }) { return .stop }
            }
        }
        let states = zip(ours["transceivers"].array, theirs["transceivers"].array)
        if states.contains(where: { $0["listed"] != $1["listed"] && $1["direction"] == "stopped" && $1["mid"] == nil })
        {
            return .stop
        }
        if step.call == .setLocal,
            states.contains(where: { $1["direction"] == "stopped" && $0["mid"] == nil && $1["mid"] != nil })
        {
            return .stop
        }
        if step.call == .setRemote, theirs["transceivers"].array.count > ours["transceivers"].array.count,
            theirs["transceivers"].array.contains(where: { $0["currentDirection"] == "stopped" })
        {
            return .stop
        }
        if step.call == .setRemote,
            states.contains(where: {
                $0["mid"] == nil && $0["direction"] != "stopped" && $1["currentDirection"] == "stopped"
            })
        {
            return .stop
        }
        var told = theirs["tracks"].array
        if known.contains(.toldTwice) { told = told.filter(ours["tracks"].array.contains) }
        if told.isEmpty, known.contains(.toldTwice) { theirs["tracks"] = [] }
        if told.count == ours["tracks"].array.count, ours["tracks"].array.allSatisfy(told.contains) {
            theirs["tracks"] = ours["tracks"]
        }
        if ours["signalingState"] == "closed" { theirs["canTrickle"] = ours["canTrickle"] }
        if step.call == .setRemote, step.type == "offer", before["signalingState"] == "have-remote-offer" {
            known.insert(.restartOfReplacedOffer)
        }
        for name in ["local", "remote", "created"] {
            if ours[name]["group"] == [], theirs[name]["group"] == ["BUNDLE"] { theirs[name]["group"] = [] }
            let sections = zip(ours[name]["sections"].array, theirs[name]["sections"].array)
            if sections.contains(where: { $0["rejected"] == true || $1["rejected"] == true }) {
                known.insert(.transportGoesWithSection)
            }
            if ours[name]["sections"].array.contains(where: {
                ($0["kind"] == "audio" || $0["kind"] == "video") && $0["rejected"] == false
            }) {
                known.insert(.clientOfMedia)
            }
            let merged = sections.map { mine, yours in
                var yours = yours
                if !known.isDisjoint(with: [.restartsAgain, .restartOfReplacedOffer]) {
                    yours["isRestarted"] = mine["isRestarted"]
                }
                if known.contains(.transportGoesWithSection) {
                    yours["isRestarted"] = mine["isRestarted"]
                    yours["setup"] = mine["setup"]
                }
                // The same text handed over as an offer is answered with the other part.
                let parts: [JSONValue] = ["active", "passive"]
                if known.contains(.clientOfMedia), parts.contains(mine["setup"]), parts.contains(yours["setup"]) {
                    yours["setup"] = mine["setup"]
                }
                // The other side's view of it is compared already.
                if name == "remote" { yours["isRestarted"] = mine["isRestarted"] }
                if mine["rejected"] == true { yours["setup"] = mine["setup"] }
                if mine["kind"] == "message" { yours["rejected"] = mine["rejected"] }
                if known.contains(.streamsForgotten) { yours["streams"] = mine["streams"] }
                return yours
            }
            if ours[name]["sections"].array.count == theirs[name]["sections"].array.count {
                theirs[name]["sections"] = .array(merged)
            }
        }
        if known.contains(.restartBeforeNegotiation) { theirs["negotiationNeeded"] = ours["negotiationNeeded"] }
        if known.contains(.streamsForgotten) {
            theirs["negotiationNeeded"] = ours["negotiationNeeded"]
            theirs["tracks"] = ours["tracks"]
        }
        // The new transport has candidates of its own.
        if known.contains(.transportGoesWithSection) { theirs["gathered"] = ours["gathered"] }
        if known.contains(.dataAfterRollback) { theirs["sctp"] = ours["sctp"] }
        if step.type == "rollback" || ours["transceivers"].array.contains(where: { $0["direction"] == "stopped" })
            || step.call == .setRemote && step.type == "offer" && before["signalingState"] == "have-local-offer"
        {
            known.insert(.transportGoesWithOffer)
        }
        if ours["signalingState"] == "have-local-offer", case .array(var list) = theirs["transceivers"] {
            for index in list.indices where list[index]["transport"] == .number(Double(index)) {
                if ours["transceivers"][index]["transport"] != nil {
                    list[index]["transport"] = ours["transceivers"][index]["transport"]
                }
            }
            theirs["transceivers"] = .array(list)
        }
        if known.contains(.transportGoesWithOffer), case .array(var list) = theirs["transceivers"] {
            for index in list.indices { list[index]["transport"] = ours["transceivers"][index]["transport"] }
            theirs["transceivers"] = .array(list)
        }
        return .compare(ours: ours, theirs: theirs)
    }
}
