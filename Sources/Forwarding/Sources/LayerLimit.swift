/// The highest layers that a watcher is to have.
package struct LayerLimit: Sendable, Hashable {
    /// In space: 0 for the lowest only; what there is above is left out.
    package var spatial: Int
    /// In time, likewise.
    package var temporal: Int

    /// Makes one; without a number all layers are let through.
    package init(spatial: Int = .max, temporal: Int = .max) {
        self.spatial = spatial
        self.temporal = temporal
    }
}
