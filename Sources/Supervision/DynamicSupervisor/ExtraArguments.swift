public import Processes

extension ProcessContext {
  /// What the dynamic supervisor whose process this is gives to every child it starts.
  ///
  /// A child's start function puts these before its own arguments:
  ///
  ///     ChildSpec(id: "worker") { supervisor in
  ///       let connection = supervisor.extraArguments.first as? Connection
  ///       …
  ///     }
  ///
  /// Empty in any other process.
  ///
  /// - Note: Follows Elixir's `DynamicSupervisor` option `:extra_arguments`.
  public var extraArguments: [any Sendable] { cell.childArguments }
}
