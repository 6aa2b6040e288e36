package import Supervision

/// An event of a floor above this one that tells itself, in words that end a sentence.
package protocol SpokenNote: EventNote {
  /// `down of shopping: killed`.
  var sentence: String { get }
}
