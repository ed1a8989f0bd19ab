internal import CGLib
internal import Logging

/// Sends what libnice and GLib have to say to the logger instead of stderr.
enum GLibLog {
    /// Once for the process; later calls do nothing.
    static func install() { _ = installed }

    private static let logger = Logger(label: "swift-webrtc.ice.libnice")

    private static let installed: Bool = {
        let levels = GLogLevelFlags(rawValue: GLogLevelFlags.RawValue(bitPattern: 0xFFFF_FFFC))
        for domain in ["libnice", "libnice-stun", "libnice-socket", "libnice-pseudotcp"] {
            // SAFETY: GLib calls with a terminated string, or none; the handler takes no context.
            unsafe g_log_set_handler(
                domain, levels,
                { _, level, text, _ in
                    guard let text = unsafe text else { return }
                    let isWarning = level.rawValue & (G_LOG_LEVEL_CRITICAL.rawValue | G_LOG_LEVEL_WARNING.rawValue) != 0
                    GLibLog.logger.log(level: isWarning ? .debug : .trace, "\(unsafe String(cString: text))")
                }, nil)
        }
        return true
    }()
}
