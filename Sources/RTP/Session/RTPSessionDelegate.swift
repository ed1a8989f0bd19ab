/// Who protects and sends what a session says, and takes what it hears.
package protocol RTPSessionDelegate: AnyObject {
    /// A packet of RTP to be protected and sent.
    func rtpSession(send packet: Span<UInt8>)
    /// A compound of RTCP to be protected and sent.
    func rtpSession(sendControl compound: Span<UInt8>)
    /// A stream has begun; its packets follow.
    func rtpSession(didBegin stream: ReceivedStream)
    /// A packet has come, or was sent again. Only valid during the call.
    func rtpSession(didReceive packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream)
    /// A frame is whole, or some of a stream is lost.
    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream)
    /// The stream is over: the peer says so, or its section is.
    func rtpSession(didEnd stream: ReceivedStream)
    /// The peer needs a picture that needs no other.
    func rtpSession(needsKeyFrameOf stream: SentStream)
}
