/// What an association tells its owner.
///
/// Everything is called on the owner's thread, from inside a method of the association. Every
/// method of the association may be called from here, `close()` too; what usrsctp cannot do at that
/// moment is done when it returns. The spans are valid during the call only.
package protocol SCTPAssociationDelegate: AnyObject {
    /// A packet to be encrypted and sent at once. usrsctp holds locks of this association
    /// meanwhile, so this must not wait for another thread.
    func sctpAssociation(_ association: SCTPAssociation, didProduce packet: Span<UInt8>)

    /// A packet to be sent like the others, but not in fragments, and on its own: whether it gets
    /// through tells how large the packets of the path may be. It need not be sent.
    func sctpAssociation(_ association: SCTPAssociation, didProduceProbe packet: Span<UInt8>)

    /// A message, or a part of a long one.
    func sctpAssociation(_ association: SCTPAssociation, didReceive bytes: Span<UInt8>, part: SCTPMessagePart)

    /// The peer has given up a message of this stream of which parts have been delivered (RFC
    /// 3758): its last one will not come.
    func sctpAssociation(_ association: SCTPAssociation, didAbandonMessageOf stream: UInt16)

    /// The state changed. `error` says why, if it closed for another reason than the peer's wish.
    /// Not called by ``SCTPAssociation/close()``.
    func sctpAssociation(_ association: SCTPAssociation, didChange state: SCTPState, error: SCTPError?)

    /// The peer reset its outgoing streams (RFC 6525 §5.2.2): it has closed these channels. All it
    /// sent before was delivered.
    func sctpAssociation(_ association: SCTPAssociation, didResetIncoming streams: [UInt16])

    /// The peer confirmed our reset: these stream ids are free again.
    func sctpAssociation(_ association: SCTPAssociation, didResetOutgoing streams: [UInt16])

    /// There is room again after ``SCTPAssociation/send(_:stream:ppid:reliability:isLast:)`` took
    /// less than it was given.
    func sctpAssociationIsWritable(_ association: SCTPAssociation)
}
