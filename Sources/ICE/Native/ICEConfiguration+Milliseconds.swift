extension ICEConfiguration {
    /// ``ICESettings/checkInterval`` as libnice takes it.
    var checkMilliseconds: UInt32 { UInt32(clamping: min(1000, Int64(settings.checkInterval / .milliseconds(1)))) }

    /// ``ICESettings/pacTimer`` as libnice takes it.
    var pacMilliseconds: UInt32 { UInt32(clamping: max(50, Int64(settings.pacTimer / .milliseconds(1)))) }
}
