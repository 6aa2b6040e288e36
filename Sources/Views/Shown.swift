extension String {
  /// The word as an error quotes it: without control characters, and not a page long.
  package var shown: String { Sanitizer.sanitize(count > 80 ? String(prefix(80)) + "…" : self) }
}
