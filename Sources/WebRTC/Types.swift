public import DTLS
public import ICE
public import JSEP
public import MulticastDNS
public import TransportTypes

// The value types of the layers below that this API speaks in, so that `import WebRTC` is enough to
// name them. Who builds with the upcoming feature MemberImportVisibility imports the module that a
// member is from as well; the compiler says which.

// MARK: Descriptions (JSEP)

/// W3C `RTCSessionDescription`.
public typealias SessionDescription = JSEP.SessionDescription
/// W3C `RTCIceCandidateInit`.
public typealias ICECandidateInit = JSEP.ICECandidateInit
/// W3C `RTCOfferOptions`.
public typealias OfferOptions = JSEP.OfferOptions
/// W3C `RTCBundlePolicy`.
public typealias BundlePolicy = JSEP.BundlePolicy
/// W3C `RTCSignalingState`.
public typealias SignalingState = JSEP.SignalingState
/// What the API throws.
public typealias WebRTCError = JSEP.WebRTCError

// MARK: Media (JSEP)

/// W3C `MediaStreamTrack.kind`.
public typealias MediaKind = JSEP.MediaKind
/// W3C `RTCRtpTransceiverDirection`.
public typealias TransceiverDirection = JSEP.TransceiverDirection
/// W3C `RTCRtpCodec`.
public typealias RTPCodec = JSEP.RTPCodec
/// W3C `RTCRtpCapabilities`.
public typealias RTPCapabilities = JSEP.RTPCapabilities

// MARK: Signaling (JSEP)

/// The application's way to the other side, for a ``PerfectNegotiator``.
public typealias SignalingTransport = JSEP.SignalingTransport
/// What two negotiators say to each other.
public typealias SignalingPayload = JSEP.SignalingPayload
/// What a ``SignalingTransport`` tells.
public typealias SignalingEvent = JSEP.SignalingEvent
/// What a ``PerfectNegotiator`` met and went on from.
public typealias NegotiationProblem = JSEP.NegotiationProblem

extension PerfectNegotiator {
    /// How long to wait, and how often to try.
    public typealias Settings = JSEP.NegotiatorSettings
}

// MARK: ICE

/// W3C `RTCIceServer`.
public typealias ICEServer = ICE.ICEServer
/// W3C `RTCPeerConnectionIceErrorEvent`.
public typealias ICECandidateError = ICE.ICECandidateError
/// What a server may want to say about addresses, ports and pacing, and a browser cannot.
public typealias ICESettings = ICE.ICESettings
/// An address that the outside knows, for a host behind a 1:1 NAT.
public typealias ExternalAddress = ICE.ExternalAddress
/// An interface of this host, to choose by.
public typealias NetworkInterface = ICE.NetworkInterface
/// Whom the certificates of `turns:` servers are believed of.
public typealias TLSRoots = ICE.TLSRoots
/// W3C `RTCIceCandidate`, read.
public typealias ICECandidate = TransportTypes.ICECandidate
/// W3C `RTCIceRole`.
public typealias ICERole = TransportTypes.ICERole
/// W3C `RTCIceTransportState`.
public typealias ICETransportState = TransportTypes.ICETransportState
/// W3C `RTCIceGatheringState`.
public typealias ICEGatheringState = TransportTypes.ICEGatheringState
/// What ICE and candidates throw.
public typealias ICEError = TransportTypes.ICEError

// MARK: DTLS

/// W3C `RTCCertificate`.
public typealias Certificate = DTLS.Certificate
/// What a certificate's key is made of.
public typealias KeyAlgorithm = DTLS.KeyAlgorithm
/// The digest of a certificate.
public typealias Fingerprint = TransportTypes.Fingerprint
/// W3C `RTCDtlsTransportState`.
public typealias DTLSState = TransportTypes.DTLSState
/// What certificates throw.
public typealias DTLSError = TransportTypes.DTLSError

// MARK: Multicast DNS

/// Finds the addresses behind `.local` names.
public typealias LocalNameResolving = TransportTypes.LocalNameResolving
/// Asks the link for the addresses of `.local` names.
public typealias LocalNameResolver = MulticastDNS.LocalNameResolver
/// The connection that a name is asked for.
public typealias NameRequester = TransportTypes.NameRequester
