import Foundation

/// A folder for one run of Firefox, with what it has to know.
enum FirefoxProfile {
    /// Makes the folder in the temporary one.
    static func make(_ addresses: Browser.Addresses) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interop-firefox-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let preferences: [(String, String)] = [
            // The other end may be there, and nowhere else.
            ("media.peerconnection.ice.loopback", "true"),
            ("media.peerconnection.ice.obfuscate_host_addresses", addresses == .hidden ? "true" : "false"),
            // A page plays what it gets, without being asked to.
            ("media.autoplay.default", "0"), ("media.autoplay.blocking_policy", "0"),
            // A microphone that is none, which needs nobody's leave.
            ("media.navigator.streams.fake", "true"), ("media.navigator.permission.disabled", "true"),
            // Nothing that asks the network for something, and no more processes than a page needs.
            ("browser.safebrowsing.malware.enabled", "false"), ("browser.safebrowsing.phishing.enabled", "false"),
            ("network.captive-portal-service.enabled", "false"), ("network.connectivity-service.enabled", "false"),
            ("media.gmp-manager.updateEnabled", "false"), ("app.normandy.enabled", "false"),
            ("datareporting.policy.dataSubmissionEnabled", "false"), ("browser.shell.checkDefaultBrowser", "false"),
            ("browser.startup.homepage_override.mstone", "\"ignore\""), ("dom.ipc.processCount", "1"),
            ("dom.ipc.processPrelaunch.enabled", "false"),
        ]
        let text = preferences.map { "user_pref(\"\($0.0)\", \($0.1));\n" }.joined()
        try Data(text.utf8).write(to: folder.appendingPathComponent("user.js"))
        return folder
    }

    /// What it writes beside its profile goes into that folder, too.
    static func environment(_ folder: URL) -> [String: String] {
        ["HOME": folder.path, "TMPDIR": folder.path, "MOZ_CRASHREPORTER_DISABLE": "1"]
    }
}
