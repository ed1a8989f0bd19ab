internal import CLinux

enum DescriptorLimit {
    /// The soft limit becomes the hard one; the limit then, or -1 where the system does not say.
    static func raise() -> Int { Int(rtc_linux_raise_descriptor_limit()) }
}
