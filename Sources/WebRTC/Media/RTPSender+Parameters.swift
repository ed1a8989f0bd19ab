public import JSEP
internal import SDP
internal import Synchronization

extension RTPSender {
    /// How the track is sent. W3C `getParameters`.
    ///
    /// - Returns: what to change and give to ``setParameters(_:)``.
    public func getParameters() -> RTPSendParameters {
        core.values.withLock { values in
            let transaction = RandomID.make()
            values.transaction = transaction
            return core.parameters(values, transaction)
        }
    }

    /// Changes how the track is sent, from the next frame on, without negotiation. W3C
    /// `setParameters`.
    ///
    /// - Parameter parameters: what ``getParameters()`` gave last, with other values in its
    ///   encodings.
    /// - Throws: `InvalidStateError` if the connection is closed, the transceiver stopped or the
    ///   parameters are not those that were last read; `InvalidModificationError` if anything else
    ///   than an encoding's values is another, `RangeError` for a value out of its range. Nothing
    ///   has changed then.
    public func setParameters(_ parameters: RTPSendParameters) throws(WebRTCError) {
        try core.checkActive("setParameters")
        let outcome = core.values.withLock { values -> Result<(MediaStreamTrack?, [String?]), WebRTCError> in
            let before = values.encodings
            return Result { () throws(WebRTCError) in
                try core.take(parameters, &values)
                let begun = values.encodings.rids.filter { values.encodings.isActive($0) && !before.isActive($0) }
                for rid in begun { core.outbox.beginAnew(rid) }
                return (values.track, begun)
            }
        }
        // What follows in an encoding that was not sent needs what was not sent.
        let (track, begun) = try outcome.get()
        for rid in begun { track?.requestFromEncoder(rid) }
        core.connection?.mediaHasWork()
    }
}

extension RTPReceiver {
    /// How the track is received. W3C `getParameters`.
    public func getParameters() -> RTPReceiveParameters {
        core.values.withLock { values in
            guard let plan = values.plan else {
                return RTPReceiveParameters(
                    codecs: [], headerExtensions: [], rtcp: RTCPParameters(cname: "", reducedSize: false))
            }
            return RTPReceiveParameters(
                codecs: plan.local.codecs.map { RTPCodecParameters($0, kind) },
                headerExtensions: plan.local.extensions.map { RTPHeaderExtensionParameters(uri: $0.uri, id: $0.id) },
                rtcp: RTCPParameters(cname: plan.cname, reducedSize: plan.remote.isRTCPReducedSize))
        }
    }
}

extension TransceiverCore {
    fileprivate func parameters(_ values: Values, _ transaction: String) -> RTPSendParameters {
        RTPSendParameters(
            transactionID: transaction, encodings: values.encodings.current,
            codecs: values.plan?.sentCodecs.map { RTPCodecParameters($0, kind) } ?? [],
            headerExtensions: values.plan?.sentExtensions
                .map { RTPHeaderExtensionParameters(uri: $0.uri, id: $0.id) } ?? [],
            rtcp: RTCPParameters(
                cname: values.plan?.cname ?? "", reducedSize: values.plan?.remote.isRTCPReducedSize ?? false))
    }

    /// W3C §5.2 `setParameters`, the synchronous steps.
    fileprivate func take(_ parameters: RTPSendParameters, _ values: inout Values) throws(WebRTCError) {
        guard let transaction = values.transaction, transaction == parameters.transactionID else {
            throw WebRTCError(
                .invalidState,
                "setParameters: these are not the parameters that getParameters() gave last; read them again")
        }
        let before = self.parameters(values, transaction)
        guard parameters.encodings.map(\.rid) == before.encodings.map(\.rid) else {
            throw WebRTCError(
                .invalidModification,
                "setParameters: the encodings are \(parameters.encodings.map { $0.rid ?? "-" }), and were "
                    + "\(before.encodings.map { $0.rid ?? "-" }); their number, order and rids stay")
        }
        guard parameters.codecs == before.codecs, parameters.headerExtensions == before.headerExtensions,
            parameters.rtcp == before.rtcp
        else {
            throw WebRTCError(
                .invalidModification, "setParameters: codecs, header extensions and rtcp are agreed on with the peer")
        }
        try RTPEncodingParameters.check(parameters.encodings, kind, "setParameters")
        values.encodings.set(parameters.encodings)
        values.transaction = nil
    }
}
