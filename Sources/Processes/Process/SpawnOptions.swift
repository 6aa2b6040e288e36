/// How a process comes into being.
///
/// Not copied on its way into the process: each copy would count six references up and down.
package struct SpawnOptions: ~Copyable, Sendable {
  /// Registered before the process runs.
  package let name: StartName?
  package let label: String?
  package var kind: ProcessKind
  /// Linked to whoever spawns it, atomically.
  package var isLinked: Bool
  /// What it is among its supervisor's children. Else the spawner may have said so: see `setNextChild`.
  package let place: ChildPlace?
  /// Linked to this process, too, atomically.
  package var alsoLinkedTo: ProcessCell?
  /// Monitored from its first moment: by whom, and as what.
  package var monitor: (by: ProcessCell, ref: MonitorRef)?
  /// Ends with the process, from its first moment.
  package var caller: Waiter?
  package var isTrappingExits: Bool
  /// Whether the process itself says when it has started, after initializing.
  package let announcesItself: Bool
  /// Whether its start and end are no events: a process of the house's own.
  package var isSilent = false
  /// What runs, for tables: the type of a server.
  package var role: String?

  package init(label: String? = nil, isTrappingExits: Bool = false) {
    name = nil
    self.label = label
    kind = .process
    isLinked = false
    place = nil
    self.isTrappingExits = isTrappingExits
    announcesItself = false
  }

  /// Those of a server.
  package init(
    server label: String?, under name: StartName?, isLinked: Bool = false,
    as place: ChildPlace? = nil
  ) {
    self.name = name
    self.label = label ?? name?.label
    kind = .server
    self.isLinked = isLinked
    self.place = place
    isTrappingExits = false
    announcesItself = true
  }
}
