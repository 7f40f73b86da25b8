"""What the registry costs, as ratios against a peer that ran beside it in the same minute."""
