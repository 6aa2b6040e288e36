import Testing

@testable import Observer

@Suite struct TidyTreeTests {
  @Test func `a parent stands at the middle of its children`() {
    #expect(TidyTree(parents: [nil, 0, 0]).positions == [0.5, 0, 1])
    #expect(TidyTree(parents: [nil, 0, 0, 0]).positions == [1, 0, 1, 2])
    #expect(TidyTree(parents: [nil, 0, 1]).positions == [0, 0, 0])
  }

  @Test func `nothing is drawn of nothing, and a single node stands at the edge`() {
    #expect(TidyTree(parents: []).positions.isEmpty)
    #expect(TidyTree(parents: []).breadth == 0)
    #expect(TidyTree(parents: [nil]).positions == [0])
  }

  @Test func `several trees stand beside each other in the order of their roots`() {
    let tree = TidyTree(parents: [nil, 0, 0, nil])
    #expect(tree.depths == [0, 1, 1, 0])
    #expect(tree.positions[3] - tree.positions[0] >= 1)
  }

  @Test func `a childless sibling uses the room beside another's subtree`() {
    // The second child has no children, so it need not stand beyond the first one's.
    let tree = TidyTree(parents: [nil, 0, 1, 1, 1, 0])
    #expect(tree.positions[5] - tree.positions[1] == 1)
  }

  @Test func `smaller subtrees between larger ones are spread evenly`() {
    // Two wide subtrees with a leaf between them.
    let tree = TidyTree(parents: [nil, 0, 1, 1, 1, 0, 0, 6, 6, 6])
    let (left, middle, right) = (tree.positions[1], tree.positions[5], tree.positions[6])
    #expect(abs((left + right) / 2 - middle) < 1e-9)
  }

  @Test func `equal subtrees are drawn alike`() {
    let tree = TidyTree(parents: [nil, 0, 1, 1, 0, 4, 4])
    let first = [2, 3].map { tree.positions[$0] - tree.positions[1] }
    let second = [5, 6].map { tree.positions[$0] - tree.positions[4] }
    for (one, other) in zip(first, second) { #expect(abs(one - other) < 1e-9) }
  }

  /// Random trees in preorder.
  private static func parents(_ count: Int, seed: UInt64) -> [Int?] {
    var state = seed
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    var path: [Int] = []
    return (0..<count).map { node in
      while !path.isEmpty, random(3) == 0 { path.removeLast() }
      defer { path.append(node) }
      return path.last
    }
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `no two nodes of a depth are closer than they may be`(
    _ seed: UInt64
  ) {
    let parents = Self.parents(1 + Int(seed) * 3, seed: seed)
    let tree = TidyTree(parents: parents)
    var last: [Int: (position: Double, parent: Int?)] = [:]
    for node in parents.indices {
      let depth = tree.depths[node]
      if let before = last[depth] {
        let least = before.parent == parents[node] ? 1 : TidyTree.cousinDistance
        #expect(
          tree.positions[node] - before.position >= least - 1e-9, "seed \(seed), node \(node)")
      }
      last[depth] = (tree.positions[node], parents[node])
    }
    #expect(tree.positions.min() == 0)
    // Each parent in the middle.
    for node in parents.indices {
      let children = parents.indices.filter { parents[$0] == node }
      guard let first = children.first, let end = children.last else { continue }
      let middle = (tree.positions[first] + tree.positions[end]) / 2
      #expect(abs(tree.positions[node] - middle) < 1e-9, "seed \(seed), node \(node)")
    }
  }

  @Test func `trees may be very deep and very wide`() {
    let deep = TidyTree(parents: [nil] + (0..<100_000).map { $0 })
    #expect(deep.breadth == 0)
    #expect(deep.depths.last == 100_000)
    let wide = TidyTree(parents: [nil] + Array(repeating: 0, count: 100_000))
    #expect(wide.breadth == 99_999)
  }
}
