/// In which order applications have to be started.
///
/// Plain names; nothing is started here.
struct ApplicationPlan: Equatable {
  /// What `name` needs, directly or not, each before those who need it; `name` itself comes last.
  let order: [String]

  /// - Parameter dependencies: What an application needs; nil when it is not known.
  init(
    starting name: String, dependencies: (String) -> [String]?
  ) throws(ApplicationError) {
    var order: [String] = []
    var placed: Set<String> = []
    /// The way from `name` down to the one that is looked at.
    var path: [String] = []

    func place(_ name: String) throws(ApplicationError) {
      if placed.contains(name) { return }
      if let start = path.firstIndex(of: name) { throw .circular(Array(path[start...])) }
      guard let needed = dependencies(name) else { throw .unknown(name, neededBy: path.last) }
      path.append(name)
      for name in needed { try place(name) }
      path.removeLast()
      placed.insert(name)
      order.append(name)
    }
    try place(name)
    self.order = order
  }
}
