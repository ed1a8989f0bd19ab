extension ICEConfiguration {
    /// ``checkInterval`` as libnice takes it.
    var checkMilliseconds: UInt32 {
        UInt32(clamping: checkInterval / .milliseconds(1) < 1000 ? Int64(checkInterval / .milliseconds(1)) : 1000)
    }

    /// ``pacTimer`` as libnice takes it.
    var pacMilliseconds: UInt32 { UInt32(clamping: max(50, Int64(pacTimer / .milliseconds(1)))) }
}
