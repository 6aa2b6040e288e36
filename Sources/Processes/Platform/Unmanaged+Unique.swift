internal import Synchronization

extension Unmanaged {
  /// Whether nobody but its holder holds the object, without counting up and down to find out.
  ///
  /// What others did with it before they let it go has happened then.
  var isUnique: Bool {
    var reference = self
    let isUnique = withUnsafeMutableBytes(of: &reference) { bytes in
      // A reference, unmanaged or not, is an address.
      isKnownUniquelyReferenced(&bytes.assumingMemoryBound(to: Instance.self)[0])
    }
    atomicMemoryFence(ordering: .acquiring)
    return isUnique
  }
}
