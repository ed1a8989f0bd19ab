internal import CUSRSCTP
internal import Glibc

@testable import SCTP

extension NativeSocket {
    /// What usrsctp says of the settings, once connected.
    struct Settings: Equatable {
        var burst: Int
        var retransmissionTimeout: ClosedRange<Int>
        var acknowledgementDelay: Int
        var controlModule: Int
    }

    var settings: Settings? {
        guard let burst: sctp_assoc_value = get(SCTP_MAX_BURST, .init()),
            let timeout: sctp_rtoinfo = get(SCTP_RTOINFO, .init()),
            let acknowledgement: sctp_sack_info = get(SCTP_DELAYED_SACK, .init()),
            let module: sctp_assoc_value = get(RTC_SCTP_PLUGGABLE_CC, .init())
        else { return nil }
        return Settings(
            burst: Int(burst.assoc_value), retransmissionTimeout: Int(timeout.srto_min)...Int(timeout.srto_max),
            acknowledgementDelay: Int(acknowledgement.sack_delay), controlModule: Int(module.assoc_value))
    }

    private func get<Value: BitwiseCopyable>(_ option: Int32, _ initial: Value) -> Value? {
        guard let socket = unsafe socket else { return nil }
        var value = initial
        var length = socklen_t(MemoryLayout<Value>.size)
        // SAFETY: usrsctp writes at most `length` bytes of the structure that the option has.
        let result = unsafe usrsctp_getsockopt(socket, Int32(IPPROTO_SCTP), option, &value, &length)
        return result == 0 ? value : nil
    }
}
