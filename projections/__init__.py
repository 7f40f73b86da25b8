"""Read models: each one a pure fold over the log, its table and its queries; all can be thrown away and made again."""
