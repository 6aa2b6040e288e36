internal import Shell

/// The chapter's story, from links to one_for_all, as a walk.
extension Tour {
  static let guide = Tour(opening + designs + ending)

  private static let opening: [Step] = [
    Step(
      "What is running",
      """
      This program is made of processes: small, isolated activities that share nothing and send each
      other messages. They are arranged in a tree. Whoever has children there is a supervisor, and starts
      them again when they fail.
      """,
      ["tree"], checks: ["assert tree ~ 'KV.Registry'"],
      """
      KV.Supervisor has two children: the registry, which knows buckets by their names, and a
      supervisor that is to look after the buckets. The numbers in angle brackets are process
      identifiers.
      """),
    Step(
      "A bucket is a process",
      """
      A bucket keeps keys and values, as a shopping list does. Each is a process of its own, so each can
      fail on its own.
      """,
      ["create shopping", "put shopping milk 1", "get shopping milk"],
      checks: ["assert get shopping milk == 1"],
      "The registry had the bucket started, and remembers under which name."),
    Step(
      "A monitor tells",
      """
      How does the registry hear that a bucket has ended? It monitors it, and gets a DOWN message. The
      shell has a process of its own that can do the same.
      """,
      ["create tea", "monitor bucket tea", "kill bucket tea"],
      checks: ["assert events --last 5 ~ 'DOWN tea'", "assert buckets == shopping"],
      """
      The shell was told, and so was the registry: `buckets` no longer lists tea. Nothing else has
      happened. A monitor goes one way.
      """),
    Step(
      "A link shares a fate",
      "A link goes both ways: when one of two linked processes fails, the other fails with it.",
      ["create coffee", "link bucket coffee", "kill bucket coffee"],
      checks: ["assert events --last 5 ~ 'shell <.*exited: killed'"],
      """
      The shell's own process went along (a new one is made when it is needed). That is no accident but
      the point: what can't live without each other had better not try.
      """),
    Step(
      "Unless one traps exits",
      """
      A process that traps exits gets the other's end as a message and lives on. Supervisors do that: they
      are linked to all of their children.
      """,
      ["trap on", "create cocoa", "link bucket cocoa", "crash bucket cocoa", "trap off"],
      checks: ["assert events --last 6 ~ 'EXIT cocoa'"],
      "An EXIT message, and the shell's process is still there."),
  ]

  private static let designs: [Step] = [
    Step(
      "First design: the registry is linked to its buckets",
      """
      Suppose that the registry starts the buckets itself, linked, so that none outlives it. `variant`
      starts the application again in that design.
      """,
      ["variant linked", "create shopping garden", "tree"],
      checks: ["assert tree ~ 'unsupervised'", "assert buckets == 'garden shopping'"],
      "The buckets hang on the registry, and nobody supervises them."),
    Step(
      "One bad bucket spoils them all",
      "Now let a single bucket crash.",
      prelude: ["variant linked", "create shopping garden"],
      ["crash bucket garden", "buckets", "why"],
      checks: ["assert buckets == ''", "assert why ~ 'KV.Registry <.*ended with garden'"],
      """
      The crash went over one link to the registry, and from there over the other to the innocent bucket. The
      registry was started again, but all it knew is gone. It should rather survive a bucket.
      """),
    Step(
      "Second design: a supervisor for the buckets",
      """
      So the buckets get a supervisor of their own, which traps exits, and the registry only monitors them.
      This supervisor starts again what fails.
      """,
      [
        "variant leaky", "create shopping", "put shopping milk 1", "crash bucket shopping",
        "buckets",
        "tree",
      ],
      checks: [
        "assert buckets == ''", "assert tree ~ 'orphan'", "assert tree !~ 'Registry.*restarted'",
      ],
      """
      The registry lives. But look at the tree: the bucket was started again, empty, with a new identifier
      that nobody knows. An orphan. With every crash one more is leaked or emptied.
      """),
    Step(
      "Third design: buckets are temporary",
      """
      A bucket that is started again helps nobody. A temporary child is not: its supervisor is there
      to start and stop it in order, and to let it be found.
      """,
      [
        "variant one_for_one", "create shopping garden", "crash bucket shopping", "buckets", "tree",
      ],
      checks: ["assert buckets == garden", "assert tree !~ 'orphan'"],
      "One bucket is gone, the other has noticed nothing, and there are no orphans."),
    Step(
      "But who remembers the names?",
      "Only the registry knows which bucket is which. What if that fails?",
      prelude: ["variant one_for_one", "create garden"],
      ["kill registry", "buckets", "tree"],
      checks: ["assert buckets == ''", "assert tree ~ 'garden.*orphan'"],
      """
      It is back, and knows nothing. The buckets outlived it: orphans again. Without the registry they had better
      end, too.
      """),
    Step(
      "And in which order?",
      """
      There is another flaw. This design starts the registry first, although the registry calls the bucket
      supervisor. Normally nobody is fast enough to see it; so let KV.Supervisor be slow to start its
      children again: suspend it, take the bucket supervisor away, and ask for a bucket.
      """,
      prelude: ["variant one_for_one"],
      [
        "children", "suspend supervisor", "kill bucket-supervisor", "expect-error create late",
        "resume supervisor", "why registry",
      ],
      checks: ["assert why registry ~ 'noproc'", "assert buckets == ''"],
      """
      The registry called somebody who was not there, and failed with noproc. Who calls another should start
      after it.
      """),
    Step(
      "Fourth design: rest_for_one",
      """
      With the bucket supervisor first, the strategy rest_for_one starts again the one that failed and all that
      were started after it.
      """,
      [
        "variant rest_for_one", "create shopping", "kill bucket-supervisor", "create shopping",
        "kill registry", "tree",
      ],
      checks: ["assert tree ~ 'shopping.*orphan'"],
      """
      Half of it is right: the registry follows the bucket supervisor. But the bucket supervisor comes before the
      registry, so it does not follow that, and there is the orphan again.
      """),
    Step(
      "The last design: one_for_all",
      "Neither can do without the other. So both are started again whenever either fails.",
      ["variant one_for_all", "create shopping", "kill registry", "tree", "why"],
      checks: ["assert buckets == ''", "assert tree !~ 'orphan'", "assert why ~ 'one_for_all'"],
      "Everything is fresh and nothing is left over. This is how `kv` starts."),
  ]

  private static let ending: [Step] = [
    Step(
      "When it fails again and again",
      """
      Starting again helps against faults that pass. Against one that stays, a supervisor gives up after three
      restarts within five seconds, and fails itself, so that whoever is above can decide.
      """,
      ["variant one_for_all", "repeat 4 kill registry", "expect-error buckets", "why", "start"],
      checks: ["assert buckets == ''", "assert why ~ 'gave up'"],
      "Above KV.Supervisor there is only the application, which has stopped, and which you started again."
    ),
    Step(
      "Where to go from here",
      "All of this was recorded. Here are the lives of all processes so far:",
      ["timeline"], checks: ["assert timeline ~ 'KV.Registry'"],
      """
      `help` lists what else there is. `chaos` kills at random and sums up; `hang registry` shows what happens
      when somebody doesn't answer; `events --follow` shows everything that happens; and what you
      type can stand in a script.
      """),
  ]
}
