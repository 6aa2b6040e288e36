/// "Did you mean …?": the known word that a mistyped one most likely stands for.
///
/// The distance between words is Damerau's and Levenshtein's: how many letters have to be
/// inserted, removed, replaced, or swapped with their neighbour. A suggestion that is too far off
/// is worse than none, so short words may differ by one letter and longer ones by a third of
/// their letters, three at most.
///
///     Suggestion.best(for: "craete", among: ["create", "delete"])  // create
///     Suggestion.best(for: "del", among: ["create", "delete"])     // delete, begun
///     Suggestion.best(for: "x", among: ["use", "ps"])              // nil
package enum Suggestion {
  /// The candidate nearest to `word`, or nil when none is near.
  ///
  /// Letters that differ only in case are the same. A candidate that merely continues the word
  /// is taken when none is within the distance. The answer does not depend on the order of
  /// `candidates`, which may come from a table without one: of several equally near, the one
  /// with the word's first letter wins, then one that has all its letters (`pt` is rather `put`
  /// than `ps`, since fingers skip more often than they err), then the first in the alphabet.
  ///
  /// - Returns: A candidate, never `word` itself.
  /// - Complexity: O(candidates × word's length × candidate's length), with an early end for
  ///   words of very different lengths.
  package static func best(
    for word: String, among candidates: some Sequence<String>
  ) -> String? {
    // No command or name of interest is that long, and a line may be a megabyte of anything.
    guard !word.isEmpty, word.utf8.count <= 200 else { return nil }
    let typed = letters(of: word)
    var best: (rank: Rank, candidate: String)?

    for candidate in candidates where candidate != word && candidate.utf8.count <= 400 {
      let known = letters(of: candidate)
      let limit = allowedDistance(min(typed.count, known.count))
      var rank: Rank?
      if abs(typed.count - known.count) <= limit {
        let distance = distance(typed, known)
        if distance <= limit {
          rank = Rank(
            distance: distance, startsElsewhere: typed.first == known.first ? 0 : 1,
            foreignLetters: typed.count { !known.contains($0) })
        }
      }
      if rank == nil, typed.count >= 2, known.starts(with: typed) {
        // Behind every mistyping, and among themselves by what is missing.
        rank = Rank(distance: 1000 + known.count - typed.count)
      }
      guard let rank else { continue }
      if let leader = best, (leader.rank, leader.candidate) <= (rank, candidate) { continue }
      best = (rank, candidate)
    }
    return best?.candidate
  }

  private struct Rank: Comparable {
    var distance: Int
    var startsElsewhere = 0
    var foreignLetters = 0

    static func < (a: Rank, b: Rank) -> Bool {
      (a.distance, a.startsElsewhere, a.foreignLetters)
        < (b.distance, b.startsElsewhere, b.foreignLetters)
    }
  }

  /// How many mistakes a word of `count` letters may contain. One letter may not contain any:
  /// every other letter would be as near.
  private static func allowedDistance(_ count: Int) -> Int {
    count < 2 ? 0 : min(3, max(1, count / 3))
  }

  private static func letters(of word: String) -> [Unicode.Scalar] {
    Array(word.lowercased().unicodeScalars)
  }

  /// The restricted Damerau–Levenshtein distance (optimal string alignment): a swapped pair is
  /// not edited again. Keeps three rows of the table.
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in a.indices {
      current[0] = i + 1
      for j in b.indices {
        let replaced = previous[j] + (a[i] == b[j] ? 0 : 1)
        var least = min(replaced, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, beforePrevious[j - 1] + 1)
        }
        current[j + 1] = least
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
  }
}
