// The value types of the layers below that this API speaks in: ICEServer, ICECandidate, Certificate, Fingerprint and
// their errors. With them `import WebRTC` is enough.
@_exported public import DTLS
@_exported public import ICE
